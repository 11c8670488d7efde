package rehearse

import "time"

// Limit sets how much one rehearsal of a service that has made none yet may be; 0 is as usual.
func (s *Service) Limit(rows, changes, steps int, span time.Duration, held int) {
	s.most = usual
	for _, l := range []struct {
		to   *int
		most int
	}{{&s.most.rows, rows}, {&s.most.changes, changes}, {&s.most.steps, steps}, {&s.most.held, held}} {
		if l.most > 0 {
			*l.to = l.most
		}
	}
	if span > 0 {
		s.most.time = span
	}
}
