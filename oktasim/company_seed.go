package oktasim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// logHistory is how far back the seeded log goes.
const logHistory = 4 * 24 * time.Hour

// SeedCompany fills the org with a company of 300 people, 39 groups and 15
// apps: departments with heads and managers, offices, group rules, people who
// joined over the years, some suspended, locked out or gone, and a few days of log.
func (o *Org) SeedCompany() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer func() { o.frozen = time.Time{} }()
	s := &seeder{o: o, rand: rand.New(rand.NewPCG(7, 2026)), now: o.clock(), groups: map[string]string{}, logins: map[string]bool{}}
	for _, step := range []func() error{s.makeGroups, s.makeApps, s.makePeople, s.fillGroups, s.changeStatuses, s.liveFewDays} {
		if err := step(); err != nil {
			return fmt.Errorf("seed the company: %w", err)
		}
	}
	if o.company == "Example" {
		o.company = "Northwind Rail"
	}
	return nil
}

type seeder struct {
	o      *Org
	rand   *rand.Rand
	now    time.Time
	groups map[string]string // ids by name
	logins map[string]bool
	people []*seededPerson
	apps   []string
}

type seededPerson struct {
	id, login, title, department, office string
	manager                              *seededPerson
	leads, contractor                    bool
	hired                                time.Time
}

// change calls the org's own API and fails on anything but success.
func (s *seeder) change(method, path string, body any) error {
	if status, answer := s.o.do(method, path, body); status >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, status, answer)
	}
	return nil
}

func (s *seeder) makeGroups() error {
	s.o.frozen = s.now.AddDate(-6, 0, 0)
	all := []seededGroup{}
	for _, d := range departments {
		all = append(all, seededGroup{d.name, "Department", fmt.Sprintf("user.department==%q", d.name)})
	}
	for _, office := range []string{"Rotterdam", "Lyon", "Porto", "Chicago"} {
		all = append(all, seededGroup{office + " office", "Works from " + office, fmt.Sprintf("user.city==%q", office)})
	}
	for _, g := range append(all, otherGroups...) {
		id, err := s.o.create("/api/v1/groups", map[string]any{"profile": map[string]any{"name": g.name, "description": g.about}})
		if err != nil {
			return err
		}
		s.groups[g.name] = id
		if g.rule == "" {
			continue
		}
		rule, err := s.o.create("/api/v1/groups/rules", map[string]any{"type": "group_rule", "name": shortened(g.name, 45) + " rule",
			"conditions": map[string]any{"expression": map[string]any{"type": "urn:okta:expression:1.0", "value": g.rule}},
			"actions":    map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{id}}}})
		if err != nil {
			return err
		}
		if err := s.change(http.MethodPost, "/api/v1/groups/rules/"+rule+"/lifecycle/activate", nil); err != nil {
			return err
		}
	}
	return nil
}

func shortened(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

func (s *seeder) makeApps() error {
	s.o.frozen = s.now.AddDate(-5, 0, 0)
	for _, a := range seededApps {
		id, err := s.o.create("/api/v1/apps", appBody(a))
		if err != nil {
			return err
		}
		s.apps = append(s.apps, id)
		for _, g := range a.groups {
			if err := s.change(http.MethodPut, "/api/v1/apps/"+id+"/groups/"+s.groups[g], map[string]any{}); err != nil {
				return err
			}
		}
	}
	return nil
}

func appBody(a seededApp) map[string]any {
	body := map[string]any{"label": a.label, "signOnMode": a.mode, "visibility": map[string]any{"autoSubmitToolbar": false,
		"hide": map[string]any{"iOS": false, "web": false}}}
	switch a.mode {
	case "BOOKMARK":
		body["name"] = "bookmark"
		body["settings"] = map[string]any{"app": map[string]any{"requestIntegration": false, "url": a.address}}
	case "AUTO_LOGIN":
		body["settings"] = map[string]any{"signOn": map[string]any{"redirectUrl": a.address, "loginUrl": a.address}}
	case "OPENID_CONNECT":
		body["name"] = "oidc_client"
		body["credentials"] = map[string]any{"oauthClient": map[string]any{"token_endpoint_auth_method": "client_secret_basic", "autoKeyRotation": true}}
		body["settings"] = map[string]any{"oauthClient": map[string]any{"application_type": "web", "redirect_uris": []string{a.address},
			"grant_types": []string{"authorization_code"}, "response_types": []string{"code"}}}
	case "SAML_2_0":
		body["settings"] = map[string]any{"signOn": map[string]any{"ssoAcsUrl": a.address, "audience": a.address, "recipient": a.address,
			"destination": a.address, "subjectNameIdTemplate": "${user.userName}", "assertionSigned": true, "responseSigned": true,
			"signatureAlgorithm": "RSA_SHA256", "digestAlgorithm": "SHA256", "honorForceAuthn": true,
			"subjectNameIdFormat":  "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
			"authnContextClassRef": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", "attributeStatements": []any{}}}
	}
	return body
}

// makePeople hires from the top down, so that a manager is there before the reports.
func (s *seeder) makePeople() error {
	var chief *seededPerson
	start := s.now.AddDate(-6, 1, 0)
	total, hired := 0, 0
	for _, d := range departments {
		total += d.size
	}
	span := s.now.AddDate(0, 0, -6).Sub(start)
	for _, d := range departments {
		var head *seededPerson
		var leads []*seededPerson
		for i := range d.size {
			p := &seededPerson{department: d.name, title: d.titles[(i+len(d.titles)-1)%len(d.titles)], office: d.offices[i%len(d.offices)]}
			switch {
			case i == 0:
				p.title, p.manager, p.leads, head = d.head, chief, true, p
			case d.size > 12 && i%9 == 1:
				p.title, p.manager, p.leads = d.titles[0], head, true
				leads = append(leads, p)
			case len(leads) > 0:
				p.title, p.manager = d.titles[1+i%(len(d.titles)-1)], leads[i%len(leads)]
			default:
				p.manager = head
			}
			if chief == nil {
				chief = p
			}
			p.contractor = !p.leads && i%11 == 7
			p.hired = start.Add(span * time.Duration(hired) / time.Duration(total))
			hired++
			if err := s.hire(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *seeder) hire(p *seededPerson) error {
	first, last := s.name()
	p.login = s.loginFor(first, last)
	place := offices[p.office]
	kind := "Employee"
	if p.contractor {
		kind = "Contractor"
	}
	d := s.departmentNamed(p.department)
	profile := map[string]any{"firstName": first, "lastName": last, "login": p.login, "email": p.login,
		"displayName": first + " " + last, "title": p.title, "department": p.department, "division": d.division,
		"organization": "Northwind Rail", "userType": kind, "city": p.office, "countryCode": place[0], "state": place[1],
		"timezone": place[2], "locale": "en_US", "primaryPhone": place[3] + fmt.Sprintf("%04d", 100+len(s.people)),
		"employeeNumber": fmt.Sprintf("NR-%05d", 10_000+len(s.people)), "costCenter": fmt.Sprintf("CC-%s", strings.ToUpper(shortened(p.department, 3)))}
	if p.manager != nil {
		profile["managerId"], profile["manager"] = p.manager.id, p.manager.login
	}
	s.o.frozen = p.hired
	var err error
	p.id, err = s.o.create("/api/v1/users?activate=true", map[string]any{"profile": profile,
		"credentials": map[string]any{"password": map[string]any{"value": "Nw1-" + randomDigits(20)}}})
	if err != nil {
		return err
	}
	s.people = append(s.people, p)
	return nil
}

func (s *seeder) departmentNamed(name string) department {
	for _, d := range departments {
		if d.name == name {
			return d
		}
	}
	return department{}
}

func (s *seeder) name() (first, last string) {
	for {
		first, last = firstNames[s.rand.IntN(len(firstNames))], lastNames[s.rand.IntN(len(lastNames))]
		if !s.logins[first+last] {
			s.logins[first+last] = true
			return first, last
		}
	}
}

func (s *seeder) loginFor(first, last string) string {
	return plainLetters(first) + "." + plainLetters(last) + "@northwind-rail.example"
}

// withoutAccents spells the names of firstNames and lastNames in ASCII.
var withoutAccents = strings.NewReplacer("á", "a", "ã", "a", "é", "e", "ó", "o", "ö", "o")

// plainLetters takes the accents off a name and lowers it.
func plainLetters(s string) string { return withoutAccents.Replace(strings.ToLower(s)) }

// fillGroups puts people into the groups that have no rule.
func (s *seeder) fillGroups() error {
	s.o.frozen = s.now.Add(-logHistory)
	belongs := map[string]func(i int, p *seededPerson) bool{
		"People Managers":    func(_ int, p *seededPerson) bool { return p.leads },
		"On-call Engineers":  func(i int, p *seededPerson) bool { return p.department == "Engineering" && i%4 == 0 },
		"VPN Users":          func(i int, p *seededPerson) bool { return !p.contractor && i%3 != 0 },
		"GitHub Maintainers": func(i int, p *seededPerson) bool { return p.department == "Engineering" && (p.leads || i%7 == 0) },
		"Production Access":  func(i int, p *seededPerson) bool { return p.department == "Engineering" && i%6 == 0 },
		"Payroll Approvers":  func(i int, p *seededPerson) bool { return p.department == "Finance" && i%6 == 0 },
		"Expense Approvers":  func(_ int, p *seededPerson) bool { return p.leads },
		"Design Tools": func(i int, p *seededPerson) bool {
			return p.department == "Product" && i%2 == 0 || p.department == "Marketing" && i%4 == 0
		},
		"Sales Leadership":  func(_ int, p *seededPerson) bool { return p.department == "Sales" && p.leads },
		"Legal Hold":        func(i int, _ *seededPerson) bool { return i%61 == 5 },
		"New Hires":         func(i int, _ *seededPerson) bool { return i >= 294 },
		"Travel Booking":    func(_ int, p *seededPerson) bool { return p.leads || p.department == "Executive" },
		"Works Council":     func(i int, _ *seededPerson) bool { return i%43 == 11 },
		"First Aiders":      func(i int, _ *seededPerson) bool { return i%37 == 3 },
		"Data Platform":     func(i int, p *seededPerson) bool { return p.department == "Engineering" && i%9 == 2 },
		"Board Papers":      func(_ int, p *seededPerson) bool { return p.department == "Executive" },
		"Beta Testers":      func(i int, _ *seededPerson) bool { return i%23 == 4 },
		"Parking Permits":   func(i int, p *seededPerson) bool { return p.office == "Rotterdam" && i%5 == 0 },
		"IT Administrators": func(i int, p *seededPerson) bool { return p.department == "Information Technology" && i%3 == 0 },
		"Service Desk":      func(_ int, p *seededPerson) bool { return p.title == "Support Specialist" },
	}
	for _, g := range otherGroups {
		fits := belongs[g.name]
		if fits == nil {
			continue
		}
		for i, p := range s.people {
			if !fits(i, p) {
				continue
			}
			if err := s.change(http.MethodPut, "/api/v1/groups/"+s.groups[g.name]+"/users/"+p.id, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
