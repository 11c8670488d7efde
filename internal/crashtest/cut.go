package crashtest

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"sync"
)

// Cut is a way to a PostgreSQL server that can be broken, and mended.
type Cut struct {
	URL string // of the database, by this way

	socket   string // of the server
	listener net.Listener
	mu       sync.Mutex
	broken   bool
	stalled  chan struct{} // closed when bytes flow again; nil while they do
	conns    map[net.Conn]bool
	failed   error // of connections that could not be closed; Close returns it
}

// NewCut opens a way to a database that is reached over a Unix socket.
func NewCut(address string) (*Cut, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	c := &Cut{socket: filepath.Join(q.Get("host"), ".s.PGSQL.5432"), conns: map[net.Conn]bool{}}
	if c.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	q.Del("host")
	u.Host, u.RawQuery = c.listener.Addr().String(), q.Encode()
	c.URL = u.String()
	go c.accept()
	return c, nil
}

func (c *Cut) accept() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		broken := c.broken
		c.mu.Unlock()
		var server net.Conn
		if !broken {
			server, err = net.Dial("unix", c.socket)
		}
		if broken || err != nil { // as a server that is not there
			c.mu.Lock()
			c.end(conn)
			c.mu.Unlock()
			continue
		}
		c.mu.Lock()
		c.conns[conn], c.conns[server] = true, true
		c.mu.Unlock()
		go c.pass(conn, server)
		go c.pass(server, conn)
	}
}

// pass carries bytes one way until either side ends.
func (c *Cut) pass(from, to net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		c.mu.Lock()
		stalled := c.stalled
		c.mu.Unlock()
		if stalled != nil {
			<-stalled
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(from)
	c.end(to)
	delete(c.conns, from)
	delete(c.conns, to)
}

// end closes a connection, which may be closed by now. The caller holds mu.
func (c *Cut) end(conn net.Conn) {
	if err := conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		c.failed = errors.Join(c.failed, err)
	}
}

// Break ends every connection and lets no new one through.
func (c *Cut) Break() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = true
	for conn := range c.conns {
		c.end(conn)
	}
}

// Stall lets connections stand and carries no byte, as a network does that drops everything.
func (c *Cut) Stall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stalled == nil {
		c.stalled = make(chan struct{})
	}
}

// Mend lets everything through again.
func (c *Cut) Mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = false
	if c.stalled != nil {
		close(c.stalled)
		c.stalled = nil
	}
}

// Close ends the way.
func (c *Cut) Close() error {
	c.Break()
	c.Mend()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := errors.Join(c.listener.Close(), c.failed); err != nil {
		return fmt.Errorf("close the way to PostgreSQL: %w", err)
	}
	return nil
}
