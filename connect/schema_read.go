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
	"caracal/okta"
	"caracal/org"
)

// schemaScope is what reading a profile's schema takes.
const schemaScope org.Scope = "okta.schemas.read"

// schemaOf names where an org says which properties a profile has (Okta API: getUserSchema, getGroupSchema,
// getApplicationUserSchema). %s is the id of the app.
var schemaOf = map[string]string{
	"UserProfile":    "/api/v1/meta/schemas/user/default",
	"GroupProfile":   "/api/v1/meta/schemas/group/default",
	"AppUserProfile": "/api/v1/meta/schemas/apps/%s/default",
}

// schemasKept is how long a schema that was read is used again. Somebody who adds a property in Okta's own console
// and comes back to the form means to see it.
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
	until  time.Time
}

// forget drops the schemas of an application, which something has changed.
func (c *schemaCache) forget(app string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.kept, func(key string, _ keptSchema) bool { return strings.HasPrefix(key, app+"/") })
}

// HasSchema reports whether an org says itself which properties an object of this shape has.
func HasSchema(shape string) bool { return schemaOf[shape] != "" }

// MayReadSchemas reports whether the connection was given what reading a profile's schema takes.
func MayReadSchemas(app org.Application) bool { return slices.Contains(app.Granted, schemaScope) }

// schemaPath is where the schema of a profile stands, or "" when the connection may not read it or there is none to read.
func schemaPath(app org.Application, shape, appID string) string {
	path := schemaOf[shape]
	if path == "" || !MayReadSchemas(app) || strings.Contains(path, "%s") && appID == "" {
		return ""
	}
	if strings.Contains(path, "%s") {
		path = okta.Path(path, appID)
	}
	return path
}

// KnownProfileFields is what ProfileFields read last, however long ago. It asks nobody. fresh is false when it is to be read
// (again) by ProfileFields.
func (s *Service) KnownProfileFields(app org.Application, shape, appID string) (fields []catalog.Value, fresh bool) {
	path := schemaPath(app, shape, appID)
	if path == "" {
		return nil, true
	}
	s.schemas.mu.Lock()
	defer s.schemas.mu.Unlock()
	kept, ok := s.schemas.kept[app.ID+path]
	return kept.values, ok && s.Clock().Before(kept.until)
}

// ProfileFields reads the properties of a profile from the org's own schema. appID is for the profile of an
// app's user. It returns nothing when the connection may not read schemas or has no schema to read.
func (s *Service) ProfileFields(ctx context.Context, app org.Application, shape, appID string) ([]catalog.Value, error) {
	if fields, fresh := s.KnownProfileFields(app, shape, appID); fresh {
		return fields, nil
	}
	path, now := schemaPath(app, shape, appID), s.Clock()
	client, _, err := s.Client(ctx, app.ID)
	if err != nil {
		return nil, err
	}
	var schema profileSchema
	if err := client.Get(ctx, path, nil, &schema); err != nil {
		return nil, err
	}
	values := schema.values()
	s.schemas.mu.Lock()
	defer s.schemas.mu.Unlock()
	if s.schemas.kept == nil || len(s.schemas.kept) >= maxNames {
		s.schemas.kept = map[string]keptSchema{}
	}
	s.schemas.kept[app.ID+path] = keptSchema{values, now.Add(schemasKept)}
	return values, nil
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
