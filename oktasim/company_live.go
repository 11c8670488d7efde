package oktasim

import (
	"net/http"
	"slices"
	"time"
)

// changeStatuses lets people leave, be suspended, forget passwords and lock themselves out.
func (s *seeder) changeStatuses() error {
	for i, p := range s.people {
		if p.leads {
			continue
		}
		post := func(path string) error { return s.change(http.MethodPost, "/api/v1/users/"+p.id+path, nil) }
		var err error
		switch {
		case i%29 == 13: // left
			s.o.frozen = p.hired.Add(s.now.Sub(p.hired) * 4 / 5)
			err = post("/lifecycle/deactivate?sendEmail=false")
		case i%59 == 21: // on leave
			err = post("/lifecycle/suspend")
		case i%83 == 40:
			err = post("/lifecycle/expire_password")
		case i%97 == 33:
			err = post("/lifecycle/reset_password?sendEmail=false")
		case i%71 == 50:
			for range 12 {
				s.o.authenticateUser(p.login, "wrong")
			}
		}
		if err != nil {
			return err
		}
		s.o.frozen = s.now.Add(-logHistory)
	}
	return s.prehire()
}

// prehire stages people who begin soon, without a way to sign in yet.
func (s *seeder) prehire() error {
	for range 3 {
		first, last := s.name()
		login := s.loginFor(first, last)
		if _, err := s.o.create("/api/v1/users?activate=false", map[string]any{"profile": map[string]any{"firstName": first, "lastName": last,
			"login": login, "email": login, "title": "Engineer", "department": "Engineering", "city": "Lyon", "userType": "Employee"}}); err != nil {
			return err
		}
	}
	return nil
}

// liveFewDays forgets the log from before and writes a few working days:
// people sign in, use apps, change groups.
func (s *seeder) liveFewDays() error {
	from := s.now.Add(-logHistory)
	s.o.logs.events = slices.DeleteFunc(s.o.logs.events, func(e *Event) bool { return e.at.Before(from) })
	for at := from; at.Before(s.now); at = at.Add(time.Duration(4+s.rand.IntN(20)) * time.Minute) {
		if h := at.UTC().Hour(); h < 6 || h > 19 {
			continue
		}
		s.o.frozen = at
		if err := s.moment(); err != nil {
			return err
		}
	}
	return nil
}

// moment is one thing that happens.
func (s *seeder) moment() error {
	p := s.people[s.rand.IntN(len(s.people))]
	if !s.o.maySignIn(p.id) {
		return nil
	}
	by := &call{o: s.o, requestID: newRequestID(), principal: &principal{kind: tokenPrincipal, userID: p.id}}
	user := s.o.userActor(p.id)
	switch n := s.rand.IntN(20); {
	case n < 9:
		s.o.log(by, "user.session.start", "User login to Okta", user)
	case n < 17:
		i := s.rand.IntN(len(s.apps))
		s.o.log(by, "user.authentication.sso", "User single sign on to app",
			target{ID: s.apps[i], Type: "AppInstance", AlternateID: seededApps[i].label, DisplayName: seededApps[i].label}, user)
	case n == 17:
		s.o.logOutcome(by, "user.session.start", "User login to Okta", "FAILURE", "INVALID_CREDENTIALS", user)
	case n == 18:
		return s.change(http.MethodPut, "/api/v1/groups/"+s.groups["VPN Users"]+"/users/"+p.id, nil)
	default:
		return s.change(http.MethodPost, "/api/v1/users/"+p.id, map[string]any{"profile": map[string]any{"mobilePhone": "+31 6 555 0" + randomText(3, "0123456789")}})
	}
	return nil
}
