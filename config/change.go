// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/acd"
	"tandem/strictyaml"
)

// ChangedQueue is how a queue would be routed with keys of it changed, each as
// the file would write its value. c stays as it is. The error names what is
// wrong with the keys, or with what becomes of the queue.
func (c *Config) ChangedQueue(id acd.QueueID, keys map[string]string) (acd.Queue, error) {
	i := slices.IndexFunc(c.Queues, func(q Queue) bool { return q.ID == id })
	if i < 0 {
		return acd.Queue{}, fmt.Errorf("there is no queue %q", id)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "queue:\n  id: %s\n", id)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if strings.ContainsAny(key+keys[key], "\n:#") {
			return acd.Queue{}, fmt.Errorf("%s cannot be changed here; write one plain value", key)
		}
		fmt.Fprintf(&text, "  %s: %s\n", key, keys[key])
	}
	over := struct { // what the text does not name keeps its value
		Queue Queue `yaml:"queue"`
	}{c.Queues[i]}
	doc := strictyaml.Decode("change", []byte(text.String()), &over)
	changed := *c
	changed.Queues = slices.Clone(c.Queues)
	changed.Queues[i] = over.Queue
	checker{&changed, doc}.queues()
	return over.Queue.Routing(), firstOf(doc.Problems())
}

// firstOf is the first problem without its place in a text nobody wrote.
func firstOf(problems strictyaml.Problems) error {
	if len(problems) == 0 {
		return nil
	}
	path := problems[0].Path
	if at := strings.LastIndexByte(path, '.'); at >= 0 {
		path = path[at+1:]
	}
	return fmt.Errorf("%s: %s", path, problems[0].Text)
}
