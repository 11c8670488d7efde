package catalog

// newerScopes are scopes that Okta's published description 2026.06.3 declares and the SDK module's does not,
// so that a connection may use them.
var newerScopes = []string{
	"okta.apps.interclientTrust.manage", "okta.apps.interclientTrust.read",
	"okta.botProtection.manage", "okta.botProtection.read",
	"okta.customTelephonyProvider.manage", "okta.customTelephonyProvider.read",
	"okta.deviceIntegrations.manage", "okta.deviceIntegrations.read",
	"okta.devicePostureChecks.manage", "okta.devicePostureChecks.read",
	"okta.directories.groups.read",
	"okta.dr.manage", "okta.dr.read",
	"okta.personal.adminSettings.manage", "okta.personal.adminSettings.read",
	"okta.serviceAccounts.manage", "okta.serviceAccounts.read",
	"okta.serviceAccounts.okta.manage", "okta.serviceAccounts.okta.read",
	"okta.userRisk.manage", "okta.userRisk.read",
}
