package oktasim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of event hooks ("Event hook limits" in Okta's docs).
const (
	hookLimit      = 25
	hookItemsLimit = 300
)

// hook is one event hook ("EventHook").
type hook struct {
	id, name, status string
	description      any // text or nil
	verified         bool
	created, updated time.Time
	createdBy        string
	items            []string
	filter           any
	uri              string
	headers          []hookHeader
	authKey          string
	authValue        string // sent, never shown
	version          string
	gathered         []*Event // to be delivered in a moment
}

type hookHeader struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type hookStore struct {
	list []*hook
}

// hookBody is what createEventHook and replaceEventHook read.
type hookBody struct {
	Name        string  `json:"name"`
	Description *string `json:"description"`
	Status      string  `json:"status"`
	Events      *struct {
		Type   string   `json:"type"`
		Items  []string `json:"items"`
		Filter any      `json:"filter"`
	} `json:"events"`
	Channel *struct {
		Type    string `json:"type"`
		Version string `json:"version"`
		Config  *struct {
			URI        string       `json:"uri"`
			Headers    []hookHeader `json:"headers"`
			AuthScheme *struct {
				Type  string `json:"type"`
				Key   string `json:"key"`
				Value string `json:"value"`
			} `json:"authScheme"`
		} `json:"config"`
	} `json:"channel"`
}

// check refuses a hook that Okta would refuse.
func (b *hookBody) check() *apiError {
	switch {
	case strings.TrimSpace(b.Name) == "":
		return errValidation("name", blank("name"))
	case b.Events == nil:
		return errValidation("events", blank("events"))
	case b.Events.Type != "EVENT_TYPE":
		return errValidation("events.type", "events.type: Must be EVENT_TYPE")
	case len(b.Events.Items) == 0:
		return errValidation("events.items", blank("events.items"))
	case len(b.Events.Items) > hookItemsLimit:
		return errValidation("events.items", fmt.Sprintf("events.items: A hook may have at most %d event types.", hookItemsLimit))
	case b.Channel == nil || b.Channel.Config == nil:
		return errValidation("channel", blank("channel"))
	case b.Channel.Type != "HTTP":
		return errValidation("channel.type", "channel.type: Must be HTTP")
	case b.Channel.Version == "":
		return errValidation("channel.version", blank("channel.version"))
	case b.Channel.Config.URI == "":
		return errValidation("channel.config.uri", blank("channel.config.uri"))
	}
	// Okta wants https; http is let through on a loopback address, where a demo listens.
	if u := b.Channel.Config.URI; !isWebURL(u) || strings.HasPrefix(u, "http://") && !isLoopbackURL(u) {
		return errValidation("channel.config.uri", "channel.config.uri: The field must be a valid https URL")
	}
	for _, item := range b.Events.Items {
		if !eventTypeShape.MatchString(item) {
			return errValidation("events.items", fmt.Sprintf("events.items: '%s' is not an event type.", item))
		}
		if slices.Contains(unhookable, item) {
			return errValidation("events.items", fmt.Sprintf("events.items: The event type '%s' is not eligible for event hooks.", item))
		}
	}
	if s := b.Channel.Config.AuthScheme; s != nil && (s.Type != "HEADER" || s.Key == "") {
		return errValidation("channel.config.authScheme", "channel.config.authScheme: Must be of the type HEADER, with a key")
	}
	for _, h := range b.Channel.Config.Headers {
		if h.Key == "" {
			return errValidation("channel.config.headers", blank("key"))
		}
	}
	return nil
}

// take reads a checked body into the hook.
func (h *hook) take(b *hookBody, now time.Time) {
	h.name, h.updated, h.version = b.Name, now, b.Channel.Version
	h.description = nil
	if b.Description != nil {
		h.description = *b.Description
	}
	h.items, h.filter = slices.Compact(slices.Clone(b.Events.Items)), b.Events.Filter
	if h.uri != b.Channel.Config.URI {
		h.verified = false
	}
	h.uri, h.headers = b.Channel.Config.URI, b.Channel.Config.Headers
	h.authKey, h.authValue = "", ""
	if s := b.Channel.Config.AuthScheme; s != nil {
		h.authKey, h.authValue = s.Key, s.Value
	}
}

// view is the hook as the API shows it: without the secret of its authScheme.
func (c *call) hookView(h *hook) map[string]any {
	self := c.url("/api/v1/eventHooks/%s", h.id)
	links := map[string]any{"self": link(self)}
	if h.status == "ACTIVE" {
		links["deactivate"] = link(self+"/lifecycle/deactivate", "POST")
		if !h.verified {
			links["verify"] = link(self+"/lifecycle/verify", "POST")
		}
	} else {
		links["activate"] = link(self+"/lifecycle/activate", "POST")
		links["delete"] = link(self, "DELETE")
	}
	headers := h.headers
	if headers == nil {
		headers = []hookHeader{}
	}
	config := map[string]any{"uri": h.uri, "headers": headers, "method": "POST", "authScheme": nil}
	if h.authKey != "" {
		config["authScheme"] = map[string]any{"type": "HEADER", "key": h.authKey}
	}
	verification := "UNVERIFIED"
	if h.verified {
		verification = "VERIFIED"
	}
	return map[string]any{
		"id": h.id, "status": h.status, "verificationStatus": verification, "name": h.name, "description": h.description,
		"created": stamp(h.created), "createdBy": h.createdBy, "lastUpdated": stamp(h.updated),
		"events":  map[string]any{"type": "EVENT_TYPE", "items": h.items, "filter": h.filter},
		"channel": map[string]any{"type": "HTTP", "version": h.version, "config": config},
		"_links":  links,
	}
}
