// Package nodesdk holds the test that drives the simulated org with Okta's own
// client for Node (@okta/okta-sdk-nodejs): code that was not written for it.
package nodesdk
