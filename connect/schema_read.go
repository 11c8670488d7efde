package connect

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"caracal/catalog"
	"caracal/fault"
	"caracal/okta"
	"caracal/org"
)

// Scopes that it takes to read a profile's schema, and to find out which schema the people of a type or one person has.
const (
	schemaScope   org.Scope = "okta.schemas.read"
	userTypeScope org.Scope = "okta.userTypes.read"
	userScope     org.Scope = "okta.users.read"
)

// defaultSchema names where an org says which properties a profile has (Okta API: getUserSchema, getGroupSchema,
// getApplicationUserSchema). %s is the id of the app.
var defaultSchema = map[string]string{
	"UserProfile":    schemaPaths + "user/default",
	"GroupProfile":   schemaPaths + "group/default",
	"AppUserProfile": schemaPaths + "apps/%s/default",
}

// schemasKept is how long a schema that was read is used again, and how long one that could not be read is not asked for
// again. Somebody who adds a property in Okta's own console and comes back to the form means to see it.
const schemasKept = 30 * time.Second

// schemaPaths is where an org's schemas stand.
const schemaPaths = "/api/v1/meta/schemas/"

// schemaCache keeps schemas. The zero value is ready. Safe for concurrent use.
type schemaCache struct {
	mu   sync.Mutex
	kept map[string]keptSchema
}

type keptSchema struct {
	values []catalog.Value
	err    error
	until  time.Time
}

// forget drops the schemas of an application, which something has changed.
func (c *schemaCache) forget(app string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.kept, func(key string, _ keptSchema) bool { return strings.HasPrefix(key, app+"/") })
}

// MayReadSchemas reports whether the connection was given what reading a profile's schema takes.
func MayReadSchemas(app org.Application) bool { return app.Has(schemaScope) }

// Profile says whose properties are asked for.
type Profile struct {
	Shape string // of catalog.IsProfile
	AppID string // for the profile of a person in an app
	// UserType is the id of the type of the users, and UserID one of them, by id or login. Without both, users are of the
	// org's default type.
	UserType, UserID string
}

// source is the object that names the schema of the profile, and the scope that reading it takes; "" when the profile has
// the schema that all have.
func (p Profile) source() (path string, scope org.Scope) {
	switch {
	case p.Shape != "UserProfile":
	case p.UserType != "":
		return okta.Path("/api/v1/meta/types/user/%s", p.UserType), userTypeScope
	case p.UserID != "":
		return okta.Path("/api/v1/users/%s", p.UserID), userScope
	}
	return "", ""
}

// schemaPath is where the schema stands that all such profiles have, or "" when the connection may not read it or there
// is none to read.
func (p Profile) schemaPath(app org.Application) string {
	path := defaultSchema[p.Shape]
	if path == "" || !MayReadSchemas(app) || strings.Contains(path, "%s") && p.AppID == "" {
		return ""
	}
	if strings.Contains(path, "%s") {
		path = okta.Path(path, p.AppID)
	}
	return path
}

// KnownProfileFields is what ProfileFields read last, however long ago, with its error. It asks nobody. fresh is false
// when it is to be read (again) by ProfileFields.
func (s *Service) KnownProfileFields(app org.Application, p Profile) (fields []catalog.Value, fresh bool, err error) {
	path := p.schemaPath(app)
	if path == "" {
		return nil, true, nil
	}
	source, _ := p.source()
	if source == "" {
		kept, fresh := s.schemaKept(app, path)
		return kept.values, fresh, kept.err
	}
	kept, fresh := s.schemaKept(app, source)
	if !fresh || kept.err == nil {
		return kept.values, fresh, nil
	}
	instead, fresh := s.schemaKept(app, path)
	if instead.err != nil {
		return nil, fresh, instead.err
	}
	return instead.values, fresh, kept.err
}

// schemaKept is what is kept of the schema that a key leads to.
func (s *Service) schemaKept(app org.Application, key string) (kept keptSchema, fresh bool) {
	s.schemas.mu.Lock()
	defer s.schemas.mu.Unlock()
	kept, ok := s.schemas.kept[app.ID+key]
	return kept, ok && s.Clock().Before(kept.until)
}

// ProfileFields reads the properties of a profile from the org's own schema. It returns nothing when the connection may
// not read schemas or has no schema to read. Where it can't be told which type a user is of, the error says why, and the
// properties are those of the default type.
func (s *Service) ProfileFields(ctx context.Context, app org.Application, p Profile) ([]catalog.Value, error) {
	if fields, fresh, err := s.KnownProfileFields(app, p); fresh {
		return fields, err
	}
	path := p.schemaPath(app)
	usual := func(*okta.Client) (string, error) { return path, nil }
	source, scope := p.source()
	if source == "" {
		return s.schemaAt(ctx, app, path, usual)
	}
	values, err := s.schemaAt(ctx, app, source, func(client *okta.Client) (string, error) {
		if !app.Has(scope) {
			return "", fault.New(fault.Forbidden, "Which type the user is of can't be read without the scope %s; grant it in Okta, and add it under Applications › %s › Settings.", scope, app.Name)
		}
		return schemaOf(ctx, client, source)
	})
	if err == nil {
		return values, nil
	}
	values, second := s.schemaAt(ctx, app, path, usual)
	if second != nil {
		return nil, second
	}
	return values, err
}

// schemaAt reads the schema whose address where gives, unless what a key leads to is known. A refusal is kept as well.
func (s *Service) schemaAt(ctx context.Context, app org.Application, key string, where func(*okta.Client) (string, error)) ([]catalog.Value, error) {
	if kept, fresh := s.schemaKept(app, key); fresh {
		return kept.values, kept.err
	}
	client, _, err := s.Client(ctx, app.ID)
	if err != nil {
		return nil, err
	}
	var schema profileSchema
	path, err := where(client)
	if err == nil {
		err = client.Get(ctx, path, nil, &schema)
	}
	if err != nil && !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid) {
		return nil, err // no answer, and no reason not to ask again
	}
	kept := keptSchema{err: err, until: s.Clock().Add(schemasKept)}
	if err == nil {
		kept.values = schema.values()
	}
	s.schemas.mu.Lock()
	defer s.schemas.mu.Unlock()
	if s.schemas.kept == nil || len(s.schemas.kept) >= maxNames {
		s.schemas.kept = map[string]keptSchema{}
	}
	s.schemas.kept[app.ID+key] = kept
	return kept.values, err
}

// schemaOf returns the address of the schema that a user or a user type names (Okta API, "User" and "UserType":
// _links.schema). Only its id is taken from the answer, so that no answer leads elsewhere.
func schemaOf(ctx context.Context, client *okta.Client, path string) (string, error) {
	var object struct {
		Links struct {
			Schema struct {
				Href string `json:"href"`
			} `json:"schema"`
		} `json:"_links"`
	}
	if err := client.Get(ctx, path, nil, &object); err != nil {
		return "", err
	}
	_, id, ok := strings.Cut(object.Links.Schema.Href, schemaPaths+"user/")
	if !ok || id == "" || strings.ContainsAny(id, "/?#") {
		return "", fault.New(fault.Upstream, "Okta does not say which schema the user's type has.")
	}
	return okta.Path(schemaPaths+"user/%s", id), nil
}

// profileSchema is a JSON Schema of draft 4 as Okta writes it (Okta API, "Schema", definitions base and custom).
type profileSchema struct {
	Definitions map[string]struct {
		Properties map[string]property `json:"properties"`
		Required   []string            `json:"required"`
	} `json:"definitions"`
}

type property struct {
	Title, Description, Type, Mutability, Format string
	MaxLength                                    uint64
	Enum                                         []any
	Items                                        *property
}

func (p profileSchema) values() []catalog.Value {
	var out []catalog.Value
	for _, part := range []string{"base", "custom"} {
		d := p.Definitions[part]
		for _, name := range slices.Sorted(maps.Keys(d.Properties)) {
			if own := d.Properties[name]; own.Mutability != "READ_ONLY" {
				out = append(out, own.value(name))
			}
		}
	}
	return out
}

func (p property) value(name string) catalog.Value {
	v := catalog.Value{Name: name, Type: p.Type, Format: p.Format, MaxLength: p.MaxLength, Nullable: true, Text: p.Title}
	if p.Description != "" {
		v.Text = p.Description
	}
	switch p.Type {
	case "string", "country_code", "language_code", "locale", "timezone", "email", "date-time":
		v.Type = ""
	case "array":
		item := catalog.Value{}
		if p.Items != nil {
			item = p.Items.value("")
		}
		v.Items = &item
	}
	for _, option := range p.Enum {
		v.Options = append(v.Options, fmt.Sprint(option))
	}
	return v
}
