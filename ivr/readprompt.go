// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"tandem/strictyaml"
)

// prompt makes a prompt out of what a file says, and notes the recordings it
// needs. It is never nil.
func (r *reader) prompt(at string, parts []partFile) *prompt {
	return r.promptWith(at, parts, r.spoken)
}

// speaker says how the value of {variable|as} is spoken; it reports at path what
// cannot be.
type speaker func(path, variable, as string) string

// promptWith is prompt for other variables: how says in
// what way one is spoken, and reports those that cannot be.
func (r *reader) promptWith(at string, parts []partFile, how speaker) *prompt {
	p := &prompt{by: make([]spokenPrompt, len(r.flow.Languages)), barge: true}
	if len(parts) > maxParts {
		r.report(at, "has more than %d parts; make it shorter", maxParts)
		parts = parts[:maxParts]
	}
	listed := r.doc.Has(at + "[0]") // else a sentence that stands at at itself
	for i, lang := range r.flow.Languages {
		var all []piece
		for j, part := range parts {
			where := at
			if listed {
				where = fmt.Sprintf("%s[%d]", at, j)
			}
			all = append(all, r.part(where, part, lang, i == 0, how)...)
		}
		p.by[i] = settle(all)
	}
	return p
}

// part makes the pieces of one part in one language; first says that faults
// that are the same in every language are to be reported.
func (r *reader) part(at string, f partFile, lang string, first bool, how speaker) []piece {
	var kinds []string
	if f.Say != nil {
		kinds = append(kinds, "say")
	}
	if f.File != "" {
		kinds = append(kinds, "play")
	}
	if f.Music != "" {
		kinds = append(kinds, "music")
	}
	if f.Pause != 0 {
		kinds = append(kinds, "pause")
	}
	if len(kinds) != 1 {
		if first && at != "" {
			r.report(at, "must be exactly one of say, play, music, pause")
		}
		return nil
	}
	switch kinds[0] {
	case "say":
		if strings.HasSuffix(at, "]") {
			at += ".say"
		}
		return r.said(at, f.Say, lang, first, how)
	case "play":
		if first && (!fs.ValidPath(f.File) || path.Ext(f.File) != ".wav") {
			r.report(at, "%q is no sound file; write a .wav below the prompts folder, like sound/minute.wav", f.File)
		}
		r.flow.files = append(r.flow.files, f.File)
		return []piece{{part: PromptPart{File: f.File}}}
	case "music":
		if first && !isName(f.Music) {
			r.report(at+".music", "%q is no name of music; write letters and digits, like %s", f.Music, defaultMusic)
		}
		r.flow.music = append(r.flow.music, f.Music)
		return []piece{{part: PromptPart{Music: f.Music}}}
	}
	if first && (f.Pause < 0 || f.Pause > maxPause) {
		r.report(at+".pause", "%v is out of range; write a time up to %v", f.Pause, maxPause)
	}
	return []piece{{part: PromptPart{Pause: f.Pause}}}
}

func (r *reader) said(at string, t Text, lang string, first bool, how speaker) []piece {
	if first && at != "" && !r.complete(at, t) {
		return nil
	}
	text := strings.Join(strings.Fields(t.In(lang)), " ") // a sentence is one line, however it was broken in the file
	if len(text) > maxText {
		r.report(at+"."+lang, "is longer than %d bytes; cut it into several", maxText)
		return nil
	}
	cut, err := segments(text)
	if err != nil {
		r.report(at+"."+lang, "%v", err)
		return nil
	}
	var out []piece
	for _, s := range cut {
		if s.variable == "" {
			r.sentence(lang, s.text)
			out = append(out, piece{part: PromptPart{Say: s.text}})
			continue
		}
		as := how(at+"."+lang, s.variable, s.as)
		for _, word := range piecesOf(lang, as) {
			r.sentence(lang, word)
		}
		out = append(out, piece{variable: s.variable, as: as})
	}
	return out
}

func (r *reader) sentence(lang, text string) {
	r.flow.sentences = append(r.flow.sentences, Sentence{Language: lang, Text: text})
}

// complete reports a text that lacks one of the flow's languages.
func (r *reader) complete(at string, t Text) bool {
	if plain, ok := t[anyLanguage]; ok {
		if len(r.flow.Languages) > 1 {
			r.report(at, "is in one language only; write {%s}, or give the flow languages: [%s]",
				strings.Join(r.flow.Languages, ": ..., ")+": ...", r.flow.Languages[0])
			return false
		}
		return r.notEmpty(at, plain)
	}
	ok := r.languagesOf(at, t)
	for _, lang := range r.flow.Languages {
		if text, has := t[lang]; !has {
			r.report(at, "is not said in %s; add %s: ..., or give the flow other languages", lang, lang)
			ok = false
		} else if !r.notEmpty(at+"."+lang, text) {
			ok = false
		}
	}
	return ok
}

func (r *reader) notEmpty(at, text string) bool {
	if strings.TrimSpace(text) == "" {
		r.report(at, "is empty; write what is said")
		return false
	}
	return true
}

func (r *reader) languagesOf(at string, t Text) bool {
	ok := true
	for lang := range t {
		if lang != anyLanguage && !slices.Contains(r.flow.Languages, lang) {
			r.report(at+"."+lang, "%q is no language of this flow; %s", lang, strictyaml.Known(lang, r.flow.Languages))
			ok = false
		}
	}
	return ok
}

// maxLabel is the longest label, in bytes; it must fit on an agent's screen.
const maxLabel = 60

// label checks a text that is shown.
func (r *reader) label(at string, t Text) Text {
	r.languagesOf(at, t)
	for lang, text := range t {
		if len(text) > maxLabel {
			r.report(at+"."+lang, "is longer than %d bytes; make it shorter", maxLabel)
		}
	}
	return t
}

// waitFlow makes a flow of kind wait.
func (r *reader) waitFlow() {
	r.only(CallFlow, "start", "maxTime", "inputs", "secrets", "outputs", "onError", "onHangup")
	f := r.file.waitFile
	w := &wait{greeting: r.prompt("greeting", f.Greeting)}
	music := f.Music
	if music == "" {
		music = defaultMusic
	}
	w.music = r.prompt("", []partFile{{Music: music}})
	w.music.loop = true
	if !isName(music) {
		r.report("music", "%q is no name of music; write letters and digits, like %s", music, defaultMusic)
	}
	w.next = r.announcement("announce.next", f.Announce.Next, varPosition)
	w.position = r.announcement("announce.position", f.Announce.Position, varPosition)
	w.estimate = r.announcement("announce.estimate", f.Announce.Estimate, varMinutes)
	w.soon = r.announcement("announce.soon", f.Announce.Soon, varMinutes)
	if w.position.empty() && (!w.next.empty() || !w.estimate.empty() || !w.soon.empty()) {
		r.report("announce.position", "is missing; the rest of announce is said only with it")
	}
	w.exitKey = r.key("exitKey", f.ExitKey, 0)
	r.asides(w)
	r.flow.wait = w
}

func (r *reader) announcement(at string, t Text, variable string) *prompt {
	var parts []partFile
	if r.doc.Has(at) {
		parts = []partFile{{Say: t}}
	}
	how := func(path, name, as string) string {
		if name != variable || as != "" {
			r.report(path, "{%s} is not known here; did you mean {%s}?", name, variable)
		}
		return asPlace
	}
	return r.promptWith(at, parts, how)
}
