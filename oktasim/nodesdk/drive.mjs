// Drives an org with Okta's own client for Node. It prints one JSON object of
// what it saw, which the Go test beside it checks.
import okta from '@okta/okta-sdk-nodejs';

const client = new okta.Client({
  orgUrl: process.env.ORG_URL,
  token: process.env.ORG_TOKEN,
  testing: { disableHttpsCheck: true },
});

const seen = {};

// Create, and list with paging: the client follows the next links by itself.
for (let i = 0; i < 5; i++) {
  await client.userApi.createUser({
    activate: true,
    body: {
      profile: { firstName: 'Node', lastName: `Person ${i}`, login: `node${i}@example.com`, email: `node${i}@example.com` },
      credentials: { password: { value: 'Correct-Horse-7' } },
    },
  });
}
const users = [];
await (await client.userApi.listUsers({ limit: 2 })).each((u) => { users.push(u); });
seen.users = users.filter((u) => u.profile.login.startsWith('node')).length;

// Lifecycle.
const id = users.find((u) => u.profile.login === 'node0@example.com').id;
await client.userApi.suspendUser({ userId: id });
seen.suspended = (await client.userApi.getUser({ userId: id })).status;
await client.userApi.unsuspendUser({ userId: id });
seen.unsuspended = (await client.userApi.getUser({ userId: id })).status;
await client.userApi.deactivateUser({ userId: id });
seen.deactivated = (await client.userApi.getUser({ userId: id })).status;
await client.userApi.deleteUser({ userId: id });
try {
  await client.userApi.getUser({ userId: id });
} catch (e) {
  seen.deleted = e.errorCode;
}

// Groups.
const group = await client.groupApi.createGroup({ group: { profile: { name: 'Node people', description: 'made by a client' } } });
for (const u of users.filter((u) => u.profile.login.startsWith('node') && u.id !== id)) {
  await client.groupApi.assignUserToGroup({ groupId: group.id, userId: u.id });
}
seen.members = 0;
await (await client.groupApi.listGroupUsers({ groupId: group.id, limit: 3 })).each(() => { seen.members++; });
seen.groupFound = [];
await (await client.groupApi.listGroups({ q: 'Node' })).each((g) => { seen.groupFound.push(g.profile.name); });

// Apps.
const app = await client.applicationApi.createApplication({
  application: {
    name: 'bookmark', label: 'Node bookmark', signOnMode: 'BOOKMARK',
    settings: { app: { requestIntegration: false, url: 'https://example.com/bookmark.htm' } },
  },
});
await client.applicationApi.assignGroupToApplication({ appId: app.id, groupId: group.id });
seen.assignedGroups = 0;
await (await client.applicationApi.listApplicationGroupAssignments({ appId: app.id })).each(() => { seen.assignedGroups++; });
try {
  await client.applicationApi.deleteApplication({ appId: app.id });
} catch (e) {
  seen.deleteActive = e.errorCode;
}
await client.applicationApi.deactivateApplication({ appId: app.id });
await client.applicationApi.deleteApplication({ appId: app.id });

// Logs.
seen.events = {};
await (await client.systemLogApi.listLogEvents({ until: new Date(Date.now() + 60000).toISOString(), limit: 10 })).each((e) => {
  seen.events[e.eventType] = (seen.events[e.eventType] ?? 0) + 1;
});

console.log(JSON.stringify(seen));
