package crashtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/internal/app"
	"caracal/internal/testsmtp"
	"caracal/org"
	"caracal/trigger"
)

// TestCrashNotices kills the real program with kill -9 between sending a notice and noting that it was sent, and at any moment.
// Each notice then arrives at each of its places at least once, and whatever arrived more often has one id there, by which
// a receiver can tell; a life that was not cut off sends nothing twice.
func TestCrashNotices(t *testing.T) {
	t.Parallel()
	const notices, atPoint, atRandom = 4, 4, 3
	dir := t.TempDir()
	r, err := NewRig(t.Context(), built(t), filepath.Join(dir, "caracal.db"), dir, newOrg(t, "Notices", org.CustomApp))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	calls := map[string]int{} // by the id that each carries
	arrived := make(chan struct{}, 1)
	tell := func() {
		select {
		case arrived <- struct{}{}:
		default: // it is told of already
		}
	}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		calls[q.Header.Get(trigger.KeyHeader)]++
		tell()
	}))
	t.Cleanup(hook.Close)
	mail := testsmtp.New(t, testsmtp.Options{Plain: true, Took: tell})
	r.Also, r.Mail = []string{hook.URL}, net.JoinHostPort(mail.Host, strconv.Itoa(mail.Port))
	n, err := r.Node("only", r.Place)
	if err != nil {
		t.Fatal(err)
	}
	by, applicationID := auth.User{ID: "u_test", Name: "Test"}, r.Orgs[0].id
	beside(t, r, func(whole *app.App) {
		stored := func() org.Notify {
			n, err := whole.DB.Notify(t.Context(), applicationID)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		_, wrong, err := whole.Notify.Set(t.Context(), applicationID, "", hook.URL+"/hook", db.SeenNotify(stored()), by)
		if err == nil && len(wrong) == 0 {
			now := stored()
			now.Emails = []string{"ada@acme.example"} // by the mail server that the program is told of
			_, err = whole.DB.SetNotify(t.Context(), now, db.Secret{}, db.SeenNotify(stored()), by)
		}
		if err != nil || len(wrong) > 0 {
			t.Fatal(wrong, err)
		}
		for i := range notices {
			at := time.Now()
			run := org.CheckRun{ID: fmt.Sprint("check_", i), ApplicationID: applicationID, StartedAt: at, EndedAt: at}
			if err := whole.DB.SaveCheckRun(t.Context(), run, org.Notice{ApplicationID: applicationID, Key: fmt.Sprint(i), At: at, Verdict: org.Fail, Title: fmt.Sprint("Notice ", i), Detail: "x"}); err != nil {
				t.Fatal(err)
			}
		}
	})
	// over lets what a dead life had taken up be due again, as two minutes would.
	over := func() (left int) {
		d, err := db.Open(t.Context(), r.Place, db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Writer().Exec("UPDATE notice_delivery SET due_at = '2026-01-01T00:00:00.000000Z' WHERE due_at <> ''"); err != nil {
			t.Fatal(err)
		}
		if err := d.Writer().QueryRow("SELECT count(*) FROM notice_delivery WHERE sent_at = ''").Scan(&left); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		return left
	}
	kills, atPoints := 0, 0
	for i := range atPoint + atRandom {
		point, after := "notice-sent:1", 20*time.Second
		if i >= atPoint {
			point, after = "", time.Duration(rand.IntN(300))*time.Millisecond
		}
		ready, err := n.Start(point)
		if err != nil {
			t.Fatal(err)
		}
		if ready {
			n.Kill(after)
		}
		if err := n.Wait(); err != nil {
			t.Fatal(err)
		}
		if kills++; !n.shot.Load() {
			atPoints++
		}
		over()
	}
	if err := n.mustStart(); err != nil {
		t.Fatal(err)
	}
	count := func() map[string]int {
		mu.Lock()
		ids := maps.Clone(calls)
		mu.Unlock()
		for _, m := range mail.Mails() {
			ids[m.Header.Get("Message-Id")]++
		}
		return ids
	}
	for limit := time.After(time.Minute); len(count()) < 2*notices; {
		select {
		case <-arrived:
			continue
		case <-limit:
		}
		t.Error("not every notice arrived within a minute")
		break
	}
	if err := n.Stop(); err != nil {
		t.Error(err)
	}
	ids := count()
	byTitle := map[string]string{}
	for _, m := range mail.Mails() {
		id, title := m.Header.Get("Message-Id"), m.Header.Get("Subject")
		if was := byTitle[title]; was != "" && was != id {
			t.Errorf("%s came as %s and as %s", title, was, id)
		}
		byTitle[title] = id
	}
	if len(byTitle) != notices || len(ids) != 2*notices {
		t.Errorf("%d of %d notices were mailed, and %d ids arrived at %d places: %v", len(byTitle), notices, len(ids), 2*notices, ids)
	}
	if left := over(); left > 0 {
		t.Errorf("%d are not noted as sent", left)
	}
	again := 0
	for _, times := range ids {
		again += times - 1
	}
	if atPoints < atPoint || again == 0 || again > 2*notices*kills {
		t.Errorf("%d kills, %d between sending and noting it; %d arrived once more", kills, atPoints, again)
	}
	t.Logf("%d kills, %d between sending and noting it; %d notices at 2 places, %d arrived once more", kills, atPoints, notices, again)
}
