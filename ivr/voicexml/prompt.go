// SPDX-License-Identifier: Apache-2.0

package voicexml

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// heard writes what elements let hear as the value of a prompt; "" if nothing.
func (i *importer) heard(elements ...*element) string {
	h := &hearing{importer: i}
	for _, e := range elements {
		h.take(e, "")
	}
	h.flush()
	switch {
	case len(h.parts) == 0:
		return ""
	case len(h.parts) == 1:
		return h.parts[0]
	}
	return "[" + strings.Join(h.parts, ", ") + "]"
}

// hearing gathers the parts of a prompt.
type hearing struct {
	*importer
	parts []string
	text  []string
}

func (h *hearing) flush() {
	if text := strings.Join(h.text, " "); text != "" {
		text = strings.NewReplacer(" .", ".", " ,", ",", " ?", "?", " !", "!").Replace(text)
		h.parts = append(h.parts, "{say: "+strconv.Quote(text)+"}")
	}
	h.text = nil
}

// take adds an element; as is how values in it are spoken.
func (h *hearing) take(e *element, as string) {
	switch e.name {
	case "":
		h.text = append(h.text, strings.NewReplacer("{", "(", "}", ")").Replace(e.text))
	case "value":
		word, known := h.identifier(e.attrs["expr"])
		if !known || h.kinds[word] == "flag" || strings.ContainsAny(word, "()") {
			h.remark(e, "value %q is no variable that can be spoken; left out", e.attrs["expr"])
			return
		}
		if as != "" {
			word += "|" + as
		}
		h.text = append(h.text, "{"+word+"}")
	case "break":
		length, err := time.ParseDuration(e.attrs["time"])
		if err != nil || length <= 0 {
			length = 500 * time.Millisecond
		}
		h.flush()
		h.parts = append(h.parts, fmt.Sprintf("{pause: %v}", min(length, time.Minute)))
	case "audio":
		h.audio(e, as)
	case "say-as":
		kinds := map[string]string{"digits": "digits", "telephone": "digits", "number": "number", "cardinal": "number", "date": "date", "time": "time"}
		how := kinds[strings.TrimPrefix(e.attrs["interpret-as"], "vxml:")]
		if how == "" {
			h.remark(e, "say-as %q is spoken as it stands", e.attrs["interpret-as"])
		}
		h.inner(e, how)
	case "enumerate":
		h.remark(e, "enumerate is written out only in a menu without a prompt of its own; left out")
	case "prompt", "p", "s", "sentence", "paragraph", "emphasis", "sub", "phoneme", "voice", "prosody":
		if e.name == "prompt" && e.attrs["cond"] != "" {
			h.remark(e, "the condition of a prompt is not carried over; it is always heard")
		}
		h.inner(e, as)
	case "mark", "desc", "metadata":
	default:
		h.remark(e, "%s in a prompt is not carried over", e.name)
	}
}

func (h *hearing) inner(e *element, as string) {
	for _, c := range e.children {
		h.take(c, as)
	}
}

// audio is its sound file where we can name it, else the text in its place.
func (h *hearing) audio(e *element, as string) {
	src := e.attrs["src"]
	if src == "" || strings.Contains(src, "://") || !strings.HasSuffix(src, ".wav") || len(e.children) > 0 {
		if src != "" {
			h.remark(e, "sound %q is not carried over: the text in its place is spoken", src)
		}
		h.inner(e, as)
		return
	}
	h.remark(e, "put the sound %s below the prompts folder", src)
	h.flush()
	h.parts = append(h.parts, "{play: "+strconv.Quote(strings.TrimLeft(src, "./"))+"}")
}
