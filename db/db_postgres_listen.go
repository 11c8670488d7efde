package db

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// listener hears when any node stores something. It holds one connection, and opens it again when it breaks.
type listener struct {
	stop context.CancelFunc
	done sync.WaitGroup

	mu   sync.Mutex
	tell []func()
}

func listen(config *pgx.ConnConfig, log *slog.Logger) *listener {
	ctx, stop := context.WithCancel(context.Background())
	l := &listener{stop: stop}
	l.done.Go(func() {
		for ctx.Err() == nil {
			err := l.hear(ctx, config)
			if ctx.Err() != nil {
				return
			}
			log.Warn("lost the connection that hears of changes; opening it again", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	})
	return l
}

// hear tells of every change until the connection breaks. What was missed meanwhile is told of first.
func (l *listener) hear(ctx context.Context, config *pgx.ConnConfig) (err error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		err = errors.Join(err, conn.Close(closing))
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+changeChannel); err != nil {
		return err
	}
	for {
		l.changed()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

func (l *listener) changed() {
	l.mu.Lock()
	tell := l.tell
	l.mu.Unlock()
	for _, f := range tell {
		f()
	}
}

func (l *listener) close() {
	if l != nil {
		l.stop()
		l.done.Wait()
	}
}

// OnChange calls f, which must be quick, whenever any node may have stored something. On SQLite there is no other
// node, and f is never called.
func (d *DB) OnChange(f func()) {
	if d.pg == nil {
		return
	}
	d.pg.changes.mu.Lock()
	defer d.pg.changes.mu.Unlock()
	d.pg.changes.tell = append(d.pg.changes.tell, f)
}
