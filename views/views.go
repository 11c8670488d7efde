// Package views draws pages, partials and reusable parts from props.
//
// A page takes one props struct that is declared beside it and already shaped for the eye; a partial is a
// component with a stable id that the page itself uses, so that a poll and a page can't differ. Views do no
// I/O and branch only on props.
package views
