package oktasim

import (
	"regexp"
	"slices"
	"strings"
)

// integration is one entry of the Okta Integration Network's catalog, or one
// of the templates that come with every org ("Add an app" in Okta's Apps API).
type integration struct {
	name, label string
	modes       []string // sign-on modes it offers, the usual first; none if it only provisions
	links       []string // its links on the dashboard
	fields      []string // settings.app; nil keeps whatever is sent
	required    []string
	features    []string // what its provisioning can do
}

// offers says whether the integration can sign in this way. A caller asks for
// AUTO_LOGIN to get the catalog's own password form, whichever kind that is.
func (in *integration) offers(mode string) bool {
	if slices.Contains(in.modes, mode) {
		return true
	}
	return mode == "AUTO_LOGIN" && (len(in.modes) == 0 || slices.ContainsFunc(in.modes, isSWA))
}

// modeFor is the mode the app gets when mode is asked for.
func (in *integration) modeFor(mode string) string {
	if mode != "AUTO_LOGIN" || slices.Contains(in.modes, mode) {
		return mode
	}
	if i := slices.IndexFunc(in.modes, isSWA); i >= 0 {
		return in.modes[i]
	}
	return ""
}

// catalogName is the shape of the names in Okta's catalog.
var catalogName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{1,99}$`)

// unlisted is an integration that this org does not list. Okta's catalog has
// thousands, so a name of the right shape is taken for one of them, if the
// request says how it signs in; what it sends as settings is kept as it is.
// Okta's own templates are all listed.
func unlisted(name, mode string) *integration {
	if !catalogName.MatchString(name) || strings.HasPrefix(name, "template_") {
		return nil
	}
	modes := []string{mode}
	switch mode {
	case modeAuto:
		modes = []string{modeSWA}
	case modeSAML, modeSWA, modeOIDC, modeWSFed, "SAML_1_1":
	default:
		return nil
	}
	return &integration{name: name, label: name, modes: modes, links: []string{name + "_link"}}
}

const (
	modeSAML  = "SAML_2_0"
	modeSWA   = "BROWSER_PLUGIN"
	modeOIDC  = "OPENID_CONNECT"
	modeWSFed = "WS_FEDERATION"
	modeAuto  = "AUTO_LOGIN"
)

// systemApps are Okta's own, there from an org's first day.
func systemApps() []integration {
	return []integration{
		{name: "saasure", label: "Okta Admin Console", links: []string{"admin"}},
		{name: "okta_enduser", label: "Okta Dashboard"},
		{name: "okta_browser_plugin", label: "Okta Browser Plugin"},
	}
}

// fullProvisioning is what an integration with full provisioning can do.
var fullProvisioning = []string{"IMPORT_NEW_USERS", "IMPORT_PROFILE_UPDATES", "PUSH_NEW_USERS", "PUSH_PROFILE_UPDATES",
	"PUSH_USER_DEACTIVATION", "REACTIVATE_USERS", "GROUP_PUSH"}

// integrations is the part of the catalog that this org knows. The templates'
// fields are those of the Apps API reference.
func integrations() []integration {
	login := []string{"login"}
	return []integration{
		{name: "bookmark", label: "Bookmark App", modes: []string{"BOOKMARK"}, links: login,
			fields: []string{"requestIntegration", "url"}, required: []string{"url"}},
		{name: "template_basic_auth", label: "Template Basic Auth App", modes: []string{"BASIC_AUTH"}, links: login,
			fields: []string{"authURL", "loginUrlRegex", "url"}, required: []string{"authURL", "url"}},
		{name: "template_swa", label: "Template App", modes: []string{modeSWA}, links: login,
			fields:   []string{"buttonField", "checkbox", "loginUrlRegex", "passwordField", "redirectUrl", "url", "usernameField"},
			required: []string{"buttonField", "passwordField", "url", "usernameField"}},
		{name: "template_swa3field", label: "Template App 3 Field", modes: []string{modeSWA}, links: login,
			fields: []string{"buttonSelector", "extraFieldSelector", "extraFieldValue", "loginUrlRegex",
				"passwordSelector", "redirectUrl", "targetURL", "userNameSelector"},
			required: []string{"buttonSelector", "extraFieldSelector", "extraFieldValue", "passwordSelector",
				"targetURL", "userNameSelector"}},
		{name: "template_sps", label: "Template Plugin App", modes: []string{"SECURE_PASSWORD_STORE"}, links: login,
			fields: []string{"optionalField1", "optionalField1Value", "optionalField2", "optionalField2Value",
				"optionalField3", "optionalField3Value", "passwordField", "url", "usernameField"},
			required: []string{"passwordField", "url", "usernameField"}},
		{name: "template_wsfed", label: "Template WS-Fed App", modes: []string{modeWSFed}, links: login,
			fields: []string{"attributeStatements", "audienceRestriction", "authnContextClassRef", "groupFilter",
				"groupName", "groupValueFormat", "nameIDFormat", "realm", "siteURL", "usernameAttribute",
				"wReplyOverride", "wReplyURL"},
			required: []string{"audienceRestriction", "authnContextClassRef", "groupValueFormat", "nameIDFormat",
				"usernameAttribute", "wReplyURL"}},
		{name: "oidc_client", label: "OpenID Connect Client", modes: []string{modeOIDC}, links: []string{"oidc_client_link"}, fields: []string{}},

		{name: "adobe_creative_cloud", label: "Adobe Creative Cloud", modes: []string{modeSAML, modeSWA}, links: login},
		{name: "airtable", label: "Airtable", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "amazon_aws", label: "AWS Account Federation", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "amazon_aws_sso", label: "AWS IAM Identity Center", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "Applauz", label: "Applauz", modes: []string{modeOIDC}, links: login},
		{name: "asana", label: "Asana", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "atlassian", label: "Atlassian Cloud", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "aws_console", label: "AWS Console", modes: []string{modeSWA}, links: []string{"aws_console_login"}, fields: []string{}},
		{name: "bamboohr", label: "BambooHR", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "boxnet", label: "Box", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "cloudflare", label: "Cloudflare", modes: []string{modeSAML}, links: login},
		{name: "concur", label: "SAP Concur", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "confluence", label: "Confluence", modes: []string{modeSWA}, links: login},
		{name: "datadog", label: "Datadog", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "Deel", label: "Deel", modes: []string{modeOIDC, modeSAML}, links: login},
		{name: "deelhr", label: "Deel HR", links: []string{"deelhr_link"}, fields: []string{}, features: fullProvisioning},
		{name: "docusign", label: "DocuSign", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "dropbox_for_business", label: "Dropbox Business", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "expensify", label: "Expensify", modes: []string{modeSAML, modeSWA}, links: login},
		{name: "facebook", label: "Facebook", modes: []string{modeSWA}, links: login, fields: []string{}},
		{name: "figma", label: "Figma", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "github", label: "GitHub", modes: []string{modeSWA}, links: login},
		{name: "githubcloud", label: "GitHub Enterprise Cloud - Organization", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "gitlab", label: "GitLab", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "google", label: "Google Workspace", modes: []string{modeSAML, modeSWA},
			links: []string{"accounts", "calendar", "drive", "keep", "mail", "sites"}, required: []string{"domain"}, features: fullProvisioning},
		{name: "hubspot_saml", label: "HubSpot", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "jira_onprem", label: "Jira On-Prem", modes: []string{modeSAML, modeSWA}, links: login},
		{name: "linkedin", label: "LinkedIn", modes: []string{modeSWA}, links: login},
		{name: "lucidchart", label: "Lucid", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "mongodbcloudmanager", label: "MongoDB Atlas", modes: []string{modeSAML}, links: login},
		{name: "netsuite", label: "NetSuite", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "newrelic_saml", label: "New Relic", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "notion", label: "Notion", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "office365", label: "Microsoft Office 365", modes: []string{modeWSFed, modeSAML, "SAML_1_1", modeSWA},
			links: []string{"calendar", "crm", "delve", "excel", "forms", "login", "mail", "newsfeed", "onedrive", "people", "planner",
				"powerbi", "powerpoint", "sites", "sway", "tasks", "teams", "video", "word", "yammer"}, features: fullProvisioning},
		{name: "okta_org2org", label: "Okta Org2Org", modes: []string{modeSAML, modeOIDC}, links: login,
			required: []string{"baseUrl"}, features: fullProvisioning},
		{name: "pagerduty", label: "PagerDuty", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "salesforce", label: "Salesforce.com", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "servicenow_ud", label: "ServiceNow UD", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "sharepoint_local", label: "SharePoint (On-Prem)", modes: []string{modeWSFed, modeAuto}, links: login},
		{name: "sharepoint_onpremise", label: "SharePoint (On-Premise)", modes: []string{"SAML_1_1", modeSAML}, links: login},
		{name: "slack", label: "Slack", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "smartsheet", label: "Smartsheet", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "snowflake", label: "Snowflake", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "strongdm", label: "StrongDM", modes: []string{modeOIDC}, links: login, features: fullProvisioning},
		{name: "tableau_online", label: "Tableau Online", modes: []string{modeSAML}, links: login, features: fullProvisioning},
		{name: "twitter", label: "Twitter", modes: []string{modeSWA}, links: login},
		{name: "workday", label: "Workday", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "zendesk", label: "Zendesk", modes: []string{modeSAML, modeSWA}, links: login, features: fullProvisioning},
		{name: "zoomus", label: "Zoom", modes: []string{modeSAML, modeSWA}, links: login, required: []string{"subDomain"}, features: fullProvisioning},
	}
}
