// HighLevel's official Node client against a CRM at another address.
//
//   node highlevel.mjs AREA      contacts, invoices, payments, products, workflows, oauth
//
// Prints one JSON object with what the client answered. The environment says where and who: CRM_URL, LOCATION_ID,
// and PRIVATE_TOKEN (or, for oauth, CLIENT_ID, CLIENT_SECRET, COMPANY_ID, REDIRECT_URI, LOCATION_CODE, COMPANY_CODE);
// INPUT is a JSON object of ids that the area needs.
//
// The client has no option for its address. `getHttpClient()` is its documented way to the axios instance that all its
// areas share; the base URL of that instance is the only thing that is changed here.

import highlevel from "@gohighlevel/api-client";

const { HighLevel, GHLError, LogLevel, UserType } = highlevel;
const { CRM_URL, LOCATION_ID, PRIVATE_TOKEN, INPUT, ...env } = process.env;
const input = JSON.parse(INPUT ?? "{}");
const place = { locationId: LOCATION_ID };
const alt = { altId: LOCATION_ID, altType: "location" };

function client(options = { privateIntegrationToken: PRIVATE_TOKEN }) {
  const made = new HighLevel({ ...options, logLevel: LogLevel.NONE });
  made.getHttpClient().defaults.baseURL = CRM_URL;
  return made;
}

// How a call is refused, as the client tells it; a call that is not refused is an error of the test.
async function refusal(call) {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof GHLError)) throw error;
    return { kind: error.constructor.name, code: error.code, status: error.statusCode, message: error.message };
  }
  throw new Error("the call was not refused");
}

async function contacts() {
  const api = client().contacts;
  const made = (await api.createContact({ ...place, email: "ada@example.com", firstName: "Ada" })).contact;
  const contactId = made.id;
  return {
    made,
    duplicate: (await api.getDuplicateContact({ ...place, email: "ada@example.com" })).contact,
    upserted: await api.upsertContact({ ...place, email: "ada@example.com", lastName: "Byron" }),
    changed: await api.updateContact({ contactId }, { customFields: [{ id: "f", field_value: "118" }] }),
    tagged: await api.addTags({ contactId }, { tags: ["customer", "vip"] }),
    untagged: await api.removeTags({ contactId }, { tags: ["vip"] }),
    searched: await api.searchContactsAdvanced({ ...place, pageLimit: 10 }),
    read: (await api.getContact({ contactId })).contact,
    refused: await refusal(api.createContact({ ...place, email: "ADA@example.com" })),
    other: (await api.createContact({ ...place, email: "grace@example.com" })).contact,
    gone: await api.deleteContact({ contactId }),
    missing: await refusal(api.getContact({ contactId })),
  };
}

async function invoices() {
  const { contacts: people, invoices: api } = client();
  const { contact } = await people.createContact({ ...place, email: "ada@example.com" });
  const body = {
    ...alt,
    name: "Kitchen",
    currency: "USD",
    businessDetails: { name: "Harbour" },
    contactDetails: { id: contact.id, name: "Ada", email: "ada@example.com" },
    issueDate: "2026-03-02",
    dueDate: "2026-03-16",
    items: [{ name: "Fitting", currency: "USD", amount: 150, qty: 2, taxes: [] }],
    discount: { type: "percentage", value: 0 },
    sentTo: { email: ["ada@example.com"] },
    liveMode: true,
  };
  const number = await api.generateInvoiceNumber(alt);
  const draft = await api.createInvoice(body);
  const invoiceId = draft._id;
  const { items, sentTo, ...whole } = body;
  const send = { ...alt, action: "send_manually", liveMode: true, userId: input.user };
  const answers = {
    number,
    draft,
    replaced: await api.updateInvoice({ invoiceId }, { ...whole, name: "Kitchen 2", invoiceItems: items }),
    sent: (await api.sendInvoice({ invoiceId }, send)).invoice,
    part: (await api.recordInvoice({ invoiceId }, { ...alt, mode: "cash", amount: 100 })).invoice,
    paid: (await api.recordInvoice({ invoiceId }, { ...alt, mode: "cash" })).invoice,
    read: await api.getInvoice({ invoiceId, ...alt }),
  };
  const second = await api.createInvoice(body);
  answers.void = await api.voidInvoice({ invoiceId: second._id }, alt);
  const third = await api.createInvoice(body);
  answers.deleted = await api.deleteInvoice({ invoiceId: third._id, ...alt });
  answers.missing = await refusal(api.getInvoice({ invoiceId: third._id, ...alt }));
  answers.quick = await api.text2payInvoice({ ...body, action: "send", userId: input.user });
  answers.listed = await api.listInvoices({ ...alt, limit: "10", offset: "0", status: "paid" });
  answers.settings = await api.getInvoiceSettings(alt);
  answers.refused = await refusal(api.createInvoice({ ...alt, name: "Nothing else" }));
  return answers;
}

async function payments() {
  const api = client().payments;
  return {
    orders: await api.listOrders({ altId: LOCATION_ID, limit: 10, offset: 0 }),
    order: await api.getOrderById({ altId: LOCATION_ID, orderId: input.order }),
    transactions: await api.listTransactions({ ...alt, limit: 10 }),
    transaction: await api.getTransactionById({ ...alt, transactionId: input.transaction }),
    subscriptions: await api.listSubscriptions(alt),
    subscription: await api.getSubscriptionById({ ...alt, subscriptionId: input.subscription }),
    coupons: await api.listCoupons(alt),
  };
}

async function products() {
  const api = client().products;
  const product = { ...place, name: "Course", productType: "DIGITAL" };
  const made = await api.createProduct(product);
  const productId = made._id;
  const price = { ...place, name: "Once", type: "one_time", currency: "USD", amount: 120 };
  const once = await api.createPriceForProduct({ productId }, price);
  const recurring = { interval: "month", intervalCount: 1 };
  const monthly = { ...price, name: "Monthly", type: "recurring", amount: 9.5, recurring };
  return {
    made,
    once,
    monthly: await api.createPriceForProduct({ productId }, monthly),
    changed: await api.updatePriceByIdForProduct({ productId, priceId: once._id }, { ...price, amount: 99 }),
    price: await api.getPriceByIdForProduct({ productId, priceId: once._id, ...place }),
    prices: await api.listPricesForProduct({ productId, ...place }),
    renamed: await api.updateProductById({ productId }, { ...product, name: "Course 2027" }),
    read: await api.getProductById({ productId, ...place }),
    // the client calls the list of products so
    listed: await api.listInvoices({ ...place, limit: 10, search: "2027" }),
    gone: await api.deletePriceByIdForProduct({ productId, priceId: once._id, ...place }),
  };
}

async function workflows() {
  const sdk = client();
  const { contact } = await sdk.contacts.createContact({ ...place, email: "ada@example.com" });
  const listed = (await sdk.workflows.getWorkflow(place)).workflows;
  const workflowId = listed.find((each) => each.status === "published").id;
  const both = { contactId: contact.id, workflowId };
  return {
    listed,
    contact,
    inside: await sdk.contacts.addContactToWorkflow(both, {}),
    outside: await sdk.contacts.deleteContactFromWorkflow(both, {}),
  };
}

async function oauth() {
  const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, COMPANY_ID: companyId, REDIRECT_URI } = env;
  const sdk = client({ clientId, clientSecret });
  const grant = { client_id: clientId, client_secret: clientSecret, grant_type: "authorization_code" };
  grant.redirect_uri = REDIRECT_URI;
  const agency = await sdk.oauth.getAccessToken({ ...grant, code: env.COMPANY_CODE, user_type: UserType.Company });
  const store = sdk.getSessionStorage();
  await store.setSession(companyId, agency);
  const appId = clientId.split("-")[0];
  const installed = await sdk.oauth.getInstalledLocation({ companyId, appId, isInstalled: true });
  const minted = await sdk.oauth.getLocationAccessToken({ companyId, locationId: LOCATION_ID });

  const pair = await sdk.oauth.getAccessToken({ ...grant, code: env.LOCATION_CODE, user_type: UserType.Location });
  await store.setSession(LOCATION_ID, pair);
  const search = () => sdk.contacts.searchContactsAdvanced({ ...place, pageLimit: 1 });
  const first = await search();
  // An access token that is known to be over is renewed before the call, by the client alone.
  await store.setSession(LOCATION_ID, { ...pair, expires_in: 0 });
  const second = await search();
  const renewed = await store.getSession(LOCATION_ID);
  // One that the other side ended is renewed on its 401, where the query names the location: in a body that is sent
  // already, the client no longer finds it.
  const revoked = await fetch(`${CRM_URL}/_sandbox/tokens/revoke`, {
    method: "POST",
    body: JSON.stringify({ token: renewed.access_token }),
  });
  const third = await sdk.workflows.getWorkflow(place);
  const last = await store.getSession(LOCATION_ID);
  const used = [pair.refresh_token, clientId, clientSecret, "refresh_token", UserType.Location];
  return {
    agency,
    installed,
    minted,
    pair,
    totals: [first.total, second.total],
    workflows: third.workflows,
    revoked: await revoked.json(),
    tokens: [pair.access_token, renewed.access_token, last.access_token],
    refused: await refusal(sdk.oauth.refreshToken(...used)),
    wrong: await refusal(client({ privateIntegrationToken: "pit-wrong" }).workflows.getWorkflow(place)),
  };
}

const areas = { contacts, invoices, payments, products, workflows, oauth };
console.log(JSON.stringify(await areas[process.argv[2]](), null, 1));
