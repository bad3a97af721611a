// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"tandem/dialtest"
)

// metricName finds what could be a metric in an expression.
var metricName = regexp.MustCompile(`\b(acd|call|sip|media|store|web|softphone|process|go)_[a-z0-9_]+\b`)

// TestDashboardAndAlertsUseMetricsThatExist after one call has gone through.
func TestDashboardAndAlertsUseMetricsThatExist(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam")
	rings := s.uriAgent("cara", dialtest.Agent{After: 100 * time.Millisecond})
	s.start()
	sam := s.as("sam")
	c := s.answered("1003", "+4930400001")
	s.talk(c, next(t, rings, 5*time.Second))
	c.Hangup()
	s.settled(sam, map[string]int{"completed": 1})

	text := s.get("/metrics")
	exists := make(map[string]bool)
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(strings.TrimSpace(name), " ")
			exists[name] = true
			if kind == "histogram" {
				for _, suffix := range []string{"_bucket", "_count", "_sum"} {
					exists[name+suffix] = true
				}
			}
		}
	}
	for _, expression := range expressions(t) {
		names := metricName.FindAllString(expression, -1)
		if len(names) == 0 && !strings.Contains(expression, "up{") {
			t.Errorf("no metric of ours in %q", expression)
		}
		for _, name := range names {
			if !exists[name] {
				t.Errorf("%s is used in %q, but the server does not export it", name, expression)
			}
		}
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("promlint: %s: %s", p.Metric, p.Text)
	}
	for _, personal := range []string{"4930400001", "+49"} {
		if strings.Contains(text, personal) {
			t.Errorf("the metrics name a caller: %s", personal)
		}
	}
}

// expressions are those of the dashboard's panels and of the alert rules.
func expressions(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root(), "configs", "grafana", "tandem.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	mustUnmarshal(t, data, &dashboard)
	var all []string
	for _, panel := range dashboard.Panels {
		if len(panel.Targets) == 0 {
			t.Errorf("panel %q shows nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			all = append(all, target.Expr)
		}
	}
	rules, err := os.ReadFile(filepath.Join(root(), "configs", "prometheus", "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	alerts := alertExpressions(string(rules))
	if len(all) < 10 || len(alerts) < 5 {
		t.Fatalf("%d panels' and %d rules' expressions found", len(all), len(alerts))
	}
	return append(all, alerts...)
}

// alertExpressions reads the `expr:` of each rule: one line, or a block.
func alertExpressions(rules string) (all []string) {
	lines := strings.Split(rules, "\n")
	for i, line := range lines {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "expr: ")
		if !ok {
			continue
		}
		if text == "|" {
			indent := len(line) - len(strings.TrimLeft(line, " "))
			text = ""
			for _, more := range lines[i+1:] {
				if len(more)-len(strings.TrimLeft(more, " ")) <= indent {
					break
				}
				text += more + "\n"
			}
		}
		all = append(all, text)
	}
	return all
}

// TestAlertExpressionsAreRead because a rule that the test above cannot read
// would pass it.
func TestAlertExpressionsAreRead(t *testing.T) {
	got := alertExpressions("a:\n  - alert: A\n    expr: x > 1\n  - alert: B\n    expr: |\n      y\n        > 2\n    for: 1m\n")
	if len(got) != 2 || got[0] != "x > 1" || !strings.Contains(got[1], "y") || !strings.Contains(got[1], "> 2") || strings.Contains(got[1], "for") {
		t.Errorf("read %q", got)
	}
}
