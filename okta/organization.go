package okta

import (
	"context"
	"encoding/json"
	"net/http"

	"caracal/fault"
	"caracal/org"
)

// OrgInfo is what an org tells everyone about itself (GET /.well-known/okta-organization, operation
// getWellknownOrgMetadata).
type OrgInfo struct {
	ID       string `json:"id"`
	Pipeline string `json:"pipeline"` // idx (Identity Engine) or v1 (Classic)
	Links    struct {
		Organization struct {
			Href string `json:"href"`
		} `json:"organization"`
		Alternate struct {
			Href string `json:"href"`
		} `json:"alternate"` // the custom domain, if there is one
	} `json:"_links"`
}

// Organization reads who the org is, without a token. A host that is reached but is no Okta org is refused
// with a fault about the field "domain".
func (c *Clients) Organization(ctx context.Context, domain string) (OrgInfo, error) {
	if err := checkHost(domain, c.opts.Hosts); err != nil {
		return OrgInfo{}, err
	}
	h := c.host(domain)
	for try := 1; ; try++ {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.base+"/.well-known/okta-organization", nil)
		if err != nil {
			return OrgInfo{}, badAddress(domain)
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set("User-Agent", c.opts.UserAgent)
		resp, err := c.exchange(req, h)
		switch {
		case err != nil:
			f := networkFault(err, domain, c.opts.Clock())
			if f.Kind != fault.Busy || try == 2 || c.opts.Wait(ctx, backoff(try)) != nil {
				return OrgInfo{}, f
			}
			continue
		case resp.Status >= 300 && resp.Status < 400:
			f := redirected(resp, domain)
			f.Field = "domain"
			return OrgInfo{}, withAnswer(f, resp, "")
		case resp.Status >= 500 || resp.Status == http.StatusTooManyRequests:
			f := apiFault(resp, domain, c.opts.Clock())
			f.Field = "domain"
			return OrgInfo{}, f
		}
		var info OrgInfo
		if resp.Status != http.StatusOK || json.Unmarshal(resp.Body, &info) != nil || info.ID == "" {
			if resp.Status == http.StatusNotFound && h.base == "https://"+domain {
				f := notOkta(domain, resp)
				f.Message = "There is no Okta org at " + domain + "; check the spelling of the address."
				return OrgInfo{}, f
			}
			return OrgInfo{}, notOkta(domain, resp)
		}
		return info, nil
	}
}

// Organization reads who this client's org is.
func (c *Client) Organization(ctx context.Context) (OrgInfo, error) {
	return c.clients.Organization(ctx, c.host.name)
}

// Scopes returns the scopes that the client asks for.
func (c *Client) Scopes() []org.Scope { return c.source.scopes }
