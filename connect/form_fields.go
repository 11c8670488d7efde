package connect

import (
	"caracal/form"
	"caracal/org"
)

// The names of the connect form's fields.
const (
	FieldName     = "name"
	FieldDomain   = "domain"
	FieldClientID = "client_id"
	FieldSecret   = "secret"
	FieldKeyID    = "key_id"
	FieldKeyPair  = "key_pair" // id of a key that Caracal made, instead of a pasted one
	FieldScopes   = "scopes"
)

// maxScopes leaves room for every scope there is, one after the other.
const maxScopes = 8000

// Fields returns the connect form of a method, with the labels that the setup guides use.
func Fields(m org.Method) []form.Field {
	domain := form.Field{Name: FieldDomain, Label: "API Domain", Kind: form.Text, Required: true, Max: 4096, Placeholder: "acme.okta.com",
		Help: "Your Okta domain. Leave out -admin if you copy it from the Admin Console."}
	credential := form.Field{Name: FieldSecret, Label: "Client Secret", Kind: form.Hidden, Required: true, Max: 20_000,
		Help: "Okta shows it once, when the integration is authorised."}
	fields := []form.Field{domain,
		{Name: FieldClientID, Label: "Client ID", Kind: form.Text, Required: true, Max: 100, Placeholder: "0oa…"},
		credential}
	if m == org.CustomApp {
		fields[0].Label = "Instance ID"
		fields[0].Help = "The domain of your Okta org. Leave out -admin if you copy it from the Admin Console."
		fields[1].Help = "At the top of the app's page in Okta."
		fields[2].Help = "The private key as Okta's console gives it (JSON), a JWK set, or PEM."
		fields[2].Required = false // a key that Caracal made takes its place
		fields = append(fields,
			form.Field{Name: FieldKeyID, Label: "Key ID", Kind: form.Text, Max: 200, Help: "Only for a PEM key: the KID that Okta lists beside it. A JSON key carries its own."},
			form.Field{Name: FieldKeyPair, Label: "Key made by Caracal", Kind: form.Text, Max: 100})
	} else {
		fields[1].Help = "Okta shows it when the integration is authorised."
	}
	return append(fields,
		form.Field{Name: FieldScopes, Label: "Scopes", Kind: form.LongText, Required: true, Max: maxScopes, Default: org.JoinScopes(org.DefaultScopes),
			Help: "Comma separated. Enter what the app was granted in Okta."},
		form.Field{Name: FieldName, Label: "Name", Kind: form.Text, Max: 80, Help: "How Caracal lists it. Left empty, it is called after the domain."})
}
