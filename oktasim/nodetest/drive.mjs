// Drives a simulated org with Okta's own SDK for Node.js: whatever the SDK
// cannot read or do, other people's clients could not either.
//
// ORG_URL, API_TOKEN  the org and a token of its Super Administrator
// CLIENT_ID, CLIENT_KEY  an API service app with okta.users.manage and
//                        okta.groups.read granted, and its private JWK
import assert from 'node:assert/strict';
import okta from '@okta/okta-sdk-nodejs';

const { ORG_URL: orgUrl, API_TOKEN: token, CLIENT_ID: clientId, CLIENT_KEY: privateKey } = process.env;

// all reads a paged collection to its end.
async function all(collection) {
  const items = [];
  await collection.each((item) => { items.push(item); });
  return items;
}

// refusal is the error that a call must end with.
async function refusal(call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  assert.fail('the call should have been refused');
}

async function users(client) {
  const made = [];
  for (let i = 0; i < 7; i++) {
    const login = `node-${i}@example.com`;
    const user = await client.userApi.createUser({
      body: { profile: { firstName: 'Node', lastName: `Nr ${i}`, email: login, login }, credentials: { password: { value: `Pa55-w0rd-${i}-xyz` } } },
      activate: true,
    });
    assert.equal(user.status, 'ACTIVE');
    made.push(user);
  }
  const found = await all(await client.userApi.listUsers({ limit: 2 }));
  for (const user of made) {
    assert.ok(found.some((other) => other.id === user.id), `${user.id} is on a page`);
  }
  assert.equal(new Set(found.map((user) => user.id)).size, found.length, 'no user is on two pages');

  const searched = await all(await client.userApi.listUsers({ search: 'profile.login eq "node-3@example.com"' }));
  assert.deepEqual(searched.map((user) => user.id), [made[3].id]);

  const { id } = made[0];
  await client.userApi.suspendUser({ userId: id });
  assert.equal((await client.userApi.getUser({ userId: id })).status, 'SUSPENDED');
  await client.userApi.unsuspendUser({ userId: id });
  assert.equal((await client.userApi.getUser({ userId: id })).status, 'ACTIVE');
  await client.userApi.deactivateUser({ userId: id });
  assert.equal((await client.userApi.getUser({ userId: id })).status, 'DEPROVISIONED');
  await client.userApi.deleteUser({ userId: id });
  const gone = await refusal(client.userApi.getUser({ userId: id }));
  assert.equal(gone.status, 404);
  assert.equal(gone.errorCode, 'E0000007');
  return made.slice(1);
}

async function groups(client, people) {
  const group = await client.groupApi.createGroup({ group: { profile: { name: 'Node people', description: 'made by the SDK' } } });
  assert.equal(group.type, 'OKTA_GROUP');
  for (const user of people) {
    await client.groupApi.assignUserToGroup({ groupId: group.id, userId: user.id });
  }
  assert.equal((await all(await client.groupApi.listGroupUsers({ groupId: group.id, limit: 2 }))).length, people.length);
  await client.groupApi.unassignUserFromGroup({ groupId: group.id, userId: people[0].id });
  assert.equal((await all(await client.groupApi.listGroupUsers({ groupId: group.id }))).length, people.length - 1);
  const named = await all(await client.groupApi.listGroups({ q: 'Node peo' }));
  assert.deepEqual(named.map((g) => g.id), [group.id]);
  const again = await refusal(client.groupApi.createGroup({ group: { profile: { name: 'Node people' } } }));
  assert.equal(again.status, 400);
  return group;
}

async function apps(client, people, group) {
  const app = await client.applicationApi.createApplication({
    application: { name: 'bookmark', label: 'Node bookmark', signOnMode: 'BOOKMARK', settings: { app: { requestIntegration: false, url: 'https://example.com/' } } },
  });
  assert.equal(app.status, 'ACTIVE');
  const oidc = await client.applicationApi.createApplication({
    application: {
      name: 'oidc_client', label: 'Node client', signOnMode: 'OPENID_CONNECT',
      credentials: { oauthClient: { token_endpoint_auth_method: 'client_secret_post' } },
      settings: { oauthClient: { application_type: 'web', redirect_uris: ['https://example.com/cb'], response_types: ['code'], grant_types: ['authorization_code'] } },
    },
  });
  assert.equal(oidc.signOnMode, 'OPENID_CONNECT');
  const listed = await all(await client.applicationApi.listApplications({ limit: 1 }));
  for (const { id } of [app, oidc]) {
    assert.ok(listed.some((other) => other.id === id), `${id} is on a page`);
  }
  await client.applicationApi.assignUserToApplication({ appId: app.id, appUser: { id: people[0].id, scope: 'USER' } });
  await client.applicationApi.assignGroupToApplication({ appId: app.id, groupId: group.id, applicationGroupAssignment: {} });
  const assigned = await all(await client.applicationApi.listApplicationUsers({ appId: app.id, limit: 2 }));
  assert.equal(assigned.length, people.length, 'one by hand, the others through the group');

  const early = await refusal(client.applicationApi.deleteApplication({ appId: app.id }));
  assert.equal(early.errorCode, 'E0000056');
  await client.applicationApi.deactivateApplication({ appId: app.id });
  assert.equal((await client.applicationApi.getApplication({ appId: app.id })).status, 'INACTIVE');
  await client.applicationApi.deleteApplication({ appId: app.id });
  assert.equal((await refusal(client.applicationApi.getApplication({ appId: app.id }))).status, 404);
}

async function logs(client) {
  // As text: the SDK would write a Date into the query in a form that is not ISO 8601.
  const [since, until] = [-3600_000, 60_000].map((ms) => new Date(Date.now() + ms).toISOString());
  const created = await all(await client.systemLogApi.listLogEvents({ since, until, filter: 'eventType eq "user.lifecycle.create"', limit: 3 }));
  assert.ok(created.length >= 7, `${created.length} users were created by the log`);
  assert.ok(created.every((event) => event.eventType === 'user.lifecycle.create'));
}

// service signs in as an API service app by private_key_jwt; the SDK attaches a
// DPoP proof that nobody asked for.
async function service() {
  const client = new okta.Client({
    orgUrl, clientId, privateKey, authorizationMode: 'PrivateKey', scopes: ['okta.users.manage', 'okta.groups.read'].join(' '), cacheMiddleware: null,
  });
  assert.ok((await all(await client.groupApi.listGroups({ limit: 10 }))).some((g) => g.profile.name === 'Everyone'));
  const user = await client.userApi.createUser({
    body: { profile: { firstName: 'Service', lastName: 'Made', email: 'made@example.com', login: 'made@example.com' } }, activate: false,
  });
  assert.equal(user.status, 'STAGED');
  const refused = await refusal(client.groupApi.createGroup({ group: { profile: { name: 'Not allowed' } } }));
  assert.equal(refused.status, 403, 'a scope that was not asked for');
}

const client = new okta.Client({ orgUrl, token, cacheMiddleware: null });
const people = await users(client);
const group = await groups(client, people);
await apps(client, people, group);
await logs(client);
await service();
console.log('done');
