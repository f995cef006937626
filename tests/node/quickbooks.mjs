// Intuit's Node OAuth client and node-quickbooks, unmodified but for the addresses, against the QuickBooks sandbox.
// Prints what they were answered as one object of JSON; test_qbs_node.py judges it.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const OAuthClient = require("intuit-oauth");
const QuickBooks = require("node-quickbooks");
const known = JSON.parse(process.env.KNOWN);
const said = {};

const oauth = new OAuthClient({
  clientId: known.client_id, clientSecret: known.client_secret,
  environment: "sandbox", redirectUri: "http://localhost:3000/callback",
});
oauth.setAuthorizeURLs({
  authorizeEndpoint: `${known.base_url}/connect/oauth2`,
  tokenEndpoint: `${known.base_url}/oauth2/v1/tokens/bearer`,
  revokeEndpoint: `${known.base_url}/v2/oauth2/tokens/revoke`,
  userInfoEndpoint: `${known.base_url}/v1/openid_connect/userinfo`,
});
const scope = [OAuthClient.scopes.Accounting, OAuthClient.scopes.OpenId, OAuthClient.scopes.Email];
const form = new URLSearchParams(new URL(oauth.authorizeUri({ scope, state: "s" })).search);
form.set("decision", "connect");
form.set("realm_id", known.realm_id);
form.set("email", "owner@example.com");
const back = await fetch(`${known.base_url}/connect/oauth2`, { method: "POST", body: form, redirect: "manual" });
await oauth.createToken(back.headers.get("location"));
said.realm = oauth.getToken().realmId;
const first = oauth.getToken().access_token;
await oauth.refresh();
said.refreshed = oauth.getToken().access_token !== first && oauth.isAccessTokenValid();
said.userinfo = Object.keys((await oauth.getUserInfo()).json).sort();

QuickBooks.V3_ENDPOINT_BASE_URL = `${known.base_url}/v3/company/`;
const books = new QuickBooks(
  known.client_id, known.client_secret, oauth.getToken().access_token, false, known.realm_id, true, false, null, "2.0",
  oauth.getToken().refresh_token,
);
const ask = (name, ...rest) => new Promise((done) => {
  books[name](...rest, (error, body) => done(error ? { refused: error.response?.data?.Fault?.Error?.[0]?.code ?? error.status } : body));
});

const ada = await ask("createCustomer", { DisplayName: "Ada's Quill", PrimaryEmailAddr: { Address: "ada@example.com" } });
said.customer = ada.DisplayName;
said.twin = (await ask("createCustomer", { DisplayName: "Ada's Quill" })).refused;
said.found = (await ask("findCustomers", { DisplayName: "Ada's Quill" })).QueryResponse.Customer.map((one) => one.Id);
said.count = (await ask("findCustomers", { count: true })).QueryResponse.totalCount;
said.all = (await ask("findCustomers", { fetchAll: true })).QueryResponse.Customer.length;
const open = [{ field: "Balance", value: "0", operator: ">" }, { field: "limit", value: 3 }, { field: "desc", value: "TxnDate" }];
said.open = (await ask("findInvoices", open)).QueryResponse.Invoice.map((one) => one.TxnDate);
said.token = (await ask("updateCustomer", { Id: ada.Id, SyncToken: "0", sparse: true, Notes: "n" })).SyncToken;
const detail = { ItemRef: { value: "1" }, TaxCodeRef: { value: "NON" } };
const line = { Amount: 10, DetailType: "SalesItemLineDetail", SalesItemLineDetail: detail };
const invoice = await ask("createInvoice", { CustomerRef: { value: ada.Id }, Line: [line] });
said.invoice = invoice.TotalAmt;
said.pdf = (await ask("getInvoicePdf", invoice.Id)).subarray(0, 5).toString();
said.sent = (await ask("sendInvoicePdf", invoice.Id, "a@b.example")).EmailStatus;
const items = [
  { bId: "1", operation: "create", Customer: { DisplayName: "Batched" } },
  { bId: "2", Query: "select * from Term" },
  { bId: "3", operation: "create", Customer: { DisplayName: "Batched" } },
];
said.batch = (await ask("batch", items)).BatchItemResponse.map((one) => Object.keys(one).filter((name) => name !== "bId")[0]);
const since = new Date(Date.now() - 3_600_000);
said.feed = (await ask("changeDataCapture", ["Invoice", "Customer"], since)).CDCResponse[0].QueryResponse
  .map((one) => Object.keys(one)[0]);
const current = await ask("getInvoice", invoice.Id);
said.voided = (await ask("voidInvoice", { Id: invoice.Id, SyncToken: current.SyncToken })).Invoice.PrivateNote;
said.deleted = (await ask("deleteInvoice", invoice.Id)).Invoice.status;
said.gone = (await ask("getInvoice", invoice.Id)).refused;
said.file = (await ask("upload", "notes.txt", "text/plain", Buffer.from("abc"), "Customer", ada.Id)).Size;
said.preference = (await ask("getPreferences")).SalesFormsPrefs.AllowDiscount;
await oauth.revoke();
said.revoked = (await ask("getCustomer", ada.Id)).refused;
console.log(JSON.stringify(said));
