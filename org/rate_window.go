package org

// CallLease asks for calls of one rate-limit bucket that one node may make within one window. Times are Unix seconds
// by the org's clock, which all nodes are told alike, so that their own clocks don't matter.
type CallLease struct {
	Host, Bucket string
	Now          int64
	Window       int64 // when the window ends that the node knows of
	Over         bool  // that window is over, and the node was told nothing of the next one
	Limit        int   // calls in a window
	Used         int   // of it, by everybody, as the node was told
	Made         int   // calls of the node in it for which it asked nobody, since the limit was not known
	Kept         int   // calls that are to stay free
	Want         int
}

// RateWindow is what all nodes together know of the present window of a bucket.
type RateWindow struct {
	Ends    int64 // of the last window that a node was told of
	Guessed bool  // that one is over; this is the one after it, whose end nobody was told
	Until   int64 // of a guessed one: it is over by then
	Leased  int   // calls that nodes may make in it
}

// slack is how far apart the ends of one window may be told.
const slack = 2

// windowLength is how long Okta's windows last, in seconds.
const windowLength = 60

// Grant returns how many calls the node gets and how the window stands then. None are handed out twice, so all nodes
// together stay within the limit less what is kept; what others use comes off as it is heard of.
func (w RateWindow) Grant(l CallLease) (calls int, after RateWindow) {
	switch {
	case !l.Over && w.Guessed && l.Window > w.Ends+slack && l.Window <= w.Until+slack:
		w.Ends, w.Guessed = l.Window, false // the guessed one
	case !l.Over && l.Window > w.Ends+slack:
		w = RateWindow{Ends: l.Window}
	case !l.Over && (w.Guessed || l.Window < w.Ends-slack):
		return 0, w // what this node knows is over; its next answer tells it
	case l.Over && w.Guessed && l.Now < w.Until && l.Window <= w.Until-windowLength+slack:
		w.Ends = max(w.Ends, l.Window) // the guess began when that one was over
	case l.Over && (w.Guessed || l.Now >= w.Ends || l.Window >= w.Ends-slack):
		w = RateWindow{Ends: max(w.Ends, l.Window), Guessed: true, Until: l.Now + windowLength}
	}
	if l.Over {
		l.Used = 0 // it was told of another window
	}
	w.Leased += l.Made
	others := max(0, l.Used-w.Leased)
	left := l.Limit - l.Kept - others - w.Leased
	calls = max(0, min(l.Want, (left+1)/2, left)) // the last ones in small parts, so that no node keeps what another needs
	w.Leased += calls
	return calls, w
}
