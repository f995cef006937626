// Public Node clients for QuickBooks (intuit-oauth, node-quickbooks) against a QuickBooks at another address.
//
//   node quickbooks.mjs AREA      oauth, lists, documents, bulk, files, faults
//
// Prints one JSON object with what the clients answered. QUICKBOOKS is the JSON object of an address and credentials
// that `quickbooks-sandbox serve --json` prints. Nothing of the clients is changed but their addresses.

import { Readable } from "node:stream";

import OAuthClient from "intuit-oauth";
import QuickBooks from "node-quickbooks";

const known = JSON.parse(process.env.QUICKBOOKS);
const { base_url: base, realm_id: realm } = known;

QuickBooks.V3_ENDPOINT_BASE_URL = `${base}/v3/company/`;
QuickBooks.TOKEN_URL = `${base}/oauth2/v1/tokens/bearer`;
QuickBooks.REVOKE_URL = `${base}/v2/oauth2/tokens/revoke`;

function client(tokens = known) {
  const { client_id: id, client_secret: secret } = known;
  return new QuickBooks(
    id, secret, tokens.access_token, false, realm, true, false, null, "2.0", tokens.refresh_token,
  );
}

// A call of node-quickbooks as a promise; a refusal rejects with the status and the body of the answer.
function call(books, name, ...given) {
  return new Promise((resolve, reject) => {
    books[name](...given, (error, answer) => {
      if (error) reject(error.response ? { status: error.response.status, body: error.response.data } : error);
      else resolve(answer);
    });
  });
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("was not refused");
}

const areas = {
  async oauth() {
    const app = new OAuthClient({
      clientId: known.client_id,
      clientSecret: known.client_secret,
      environment: "sandbox",
      redirectUri: "http://localhost:3000/callback",
    });
    app.setAuthorizeURLs({
      authorizeEndpoint: `${base}/connect/oauth2`,
      tokenEndpoint: `${base}/oauth2/v1/tokens/bearer`,
      revokeEndpoint: `${base}/v2/oauth2/tokens/revoke`,
      userInfoEndpoint: `${base}/v1/openid_connect/userinfo`,
    });
    const { Accounting, OpenId, Email } = OAuthClient.scopes;
    const asked = new URL(app.authorizeUri({ scope: [Accounting, OpenId, Email], state: "s-1" }));
    const form = new URLSearchParams(asked.search);
    form.set("decision", "connect");
    form.set("realm_id", realm);
    form.set("email", "owner@example.com");
    const back = await fetch(`${base}/connect/oauth2`, { method: "POST", body: form, redirect: "manual" });
    const callback = back.headers.get("location");
    const created = (await app.createToken(callback)).getToken();
    const { email } = (await app.getUserInfo()).getJson();
    const again = await refusal(app.createToken(callback));
    // A code that is used twice ends its grant; the next log-in is a new one.
    const second = await fetch(`${base}/connect/oauth2`, { method: "POST", body: form, redirect: "manual" });
    await app.createToken(second.headers.get("location"));
    const refreshed = (await app.refresh()).getToken();
    const books = client(refreshed);
    const found = await call(books, "findCustomers", { limit: 1 });
    const byClient = await call(books, "refreshAccessToken");
    app.setToken({ ...refreshed, ...byClient });
    await app.revoke();
    const gone = await refusal(app.refreshUsingToken(byClient.refresh_token));
    return {
      created, email, refreshed, byClient, state: new URL(callback).searchParams.get("state"),
      again: again.error, gone: gone.error, customers: found.QueryResponse.Customer.length,
    };
  },

  async lists() {
    const books = client();
    const customer = await call(books, "createCustomer", {
      DisplayName: "Zoë O'Hara & Sons",
      PrimaryEmailAddr: { Address: "zoe@example.com" },
    });
    const read = await call(books, "getCustomer", customer.Id);
    const updated = await call(books, "updateCustomer", { ...read, Notes: "Pays on Fridays" });
    const byName = await call(books, "findCustomers", [{ field: "DisplayName", value: "Zoë O'Hara & Sons", operator: "=" }]);
    const like = await call(books, "findCustomers", [{ field: "DisplayName", value: "Zoë%", operator: "LIKE" }]);
    const all = await call(books, "findCustomers", { fetchAll: true, limit: 10, asc: "DisplayName" });
    const counted = await call(books, "findCustomers", { count: true });
    const retired = await call(books, "updateCustomer", { ...updated, Active: false });
    const account = await call(books, "findAccounts", { AccountType: "Income", limit: 1 });
    const item = await call(books, "createItem", {
      Name: "Tuning", Type: "Service", IncomeAccountRef: { value: account.QueryResponse.Account[0].Id },
    });
    const term = await call(books, "createTerm", { Name: "Net 45", DueDays: 45 });
    const method = await call(books, "createPaymentMethod", { Name: "Voucher" });
    const company = await call(books, "getCompanyInfo", realm);
    const preferences = await call(books, "getPreferences");
    return {
      customer, updated, retired, item, term, method, company, preferences,
      byName: byName.QueryResponse.Customer.map((one) => one.Id),
      like: like.QueryResponse.Customer.map((one) => one.Id),
      all: all.QueryResponse.Customer.map((one) => one.DisplayName),
      counted: counted.QueryResponse.totalCount,
    };
  },

  async documents() {
    const books = client();
    const customer = await call(books, "createCustomer", { DisplayName: "Wren Books" });
    const services = (await call(books, "findItems", { Type: "Service", limit: 1 })).QueryResponse.Item[0];
    const line = (amount) => ({
      Amount: amount, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: services.Id } },
    });
    const sale = { CustomerRef: { value: customer.Id }, Line: [line(120)] };
    const invoice = await call(books, "createInvoice", { ...sale, requestId: "node-invoice-1" });
    const replayed = await call(books, "createInvoice", { ...sale, requestId: "node-invoice-1" });
    const payment = await call(books, "createPayment", {
      CustomerRef: { value: customer.Id }, TotalAmt: 50,
      Line: [{ Amount: 50, LinkedTxn: [{ TxnId: invoice.Id, TxnType: "Invoice" }] }],
    });
    const partPaid = await call(books, "getInvoice", invoice.Id);
    const pdf = await call(books, "getInvoicePdf", invoice.Id);
    const sent = await call(books, "sendInvoicePdf", invoice.Id, "wren@example.com");
    const receipt = await call(books, "createSalesReceipt", sale);
    const refund = await call(books, "createRefundReceipt", {
      ...sale, DepositToAccountRef: { value: (await call(books, "findAccounts", { AccountType: "Bank", limit: 1 })).QueryResponse.Account[0].Id },
    });
    const credit = await call(books, "createCreditMemo", sale);
    const estimate = await call(books, "createEstimate", sale);
    const removed = await call(books, "deleteEstimate", estimate.Id);
    await call(books, "deletePayment", payment.Id);
    const voided = await call(books, "voidInvoice", invoice.Id);
    return {
      invoice, payment, partPaid, sent, receipt, refund, credit, removed,
      replayed: replayed.Id, pdf: Buffer.from(pdf).subarray(0, 5).toString(), voided: voided.Invoice,
    };
  },

  async bulk() {
    const books = client();
    const since = new Date(Date.now() - 1000);
    const batch = await call(books, "batch", [
      { bId: "1", operation: "create", Customer: { DisplayName: "Batched One" } },
      { bId: "2", operation: "create", Customer: { DisplayName: "Batched One" } },
      { bId: "3", Query: "select * from Customer where DisplayName = 'Batched One'" },
    ]);
    const changes = await call(books, "changeDataCapture", ["Customer", "Invoice"], since.toISOString());
    return { batch: batch.BatchItemResponse, changes: changes.CDCResponse[0].QueryResponse };
  },

  async files() {
    const books = client();
    const invoice = (await call(books, "findInvoices", { limit: 1 })).QueryResponse.Invoice[0];
    const attached = await call(
      books, "upload", "receipt.txt", "text/plain", Readable.from([Buffer.from("paid in full")]), "Invoice", invoice.Id,
    );
    const read = await call(books, "getAttachable", attached.Id);
    const content = await (await fetch(read.TempDownloadUri)).text();
    return { attached, content, invoice: invoice.Id };
  },

  async faults() {
    const books = client();
    const twice = { DisplayName: "Only Once" };
    const first = await call(books, "createCustomer", twice);
    const stale = { ...first, SyncToken: "7", Notes: "late" };
    return {
      taken: await refusal(call(books, "createCustomer", twice)),
      stale: await refusal(call(books, "updateCustomer", stale)),
      gone: await refusal(call(books, "getCustomer", "999999")),
      unasked: await refusal(call(books, "findCustomers", [{ field: "Notes", value: "x", operator: "=" }])),
      stranger: await refusal(call(client({ access_token: "nobody", refresh_token: "" }), "getCustomer", "1")),
    };
  },
};

console.log(JSON.stringify(await areas[process.argv[2]]()));
