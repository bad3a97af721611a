// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// The built pages. They are committed, so that building the server needs no
// Node; `make ui` builds them anew from web/ui/src.
//
//go:embed all:ui/dist
var built embed.FS

// dist is where vite put them.
func dist() fs.FS {
	sub, err := fs.Sub(built, "ui/dist")
	if err != nil {
		panic(err) // the path is a constant
	}
	return sub
}

// inline is what the policy must allow of scripts that stand in index.html
// itself: each by its hash.
func inline(dist fs.FS) string {
	index, err := fs.ReadFile(dist, "index.html")
	if err != nil {
		return "" // said by pages
	}
	var allowed strings.Builder
	const begin, end = "<script>", "</script>"
	for rest := string(index); ; {
		_, after, found := strings.Cut(rest, begin)
		if !found {
			return allowed.String()
		}
		script, after, _ := strings.Cut(after, end)
		sum := sha256.Sum256([]byte(script))
		allowed.WriteString(" 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'")
		rest = after
	}
}

// views are the addresses inside the one page.
var views = map[string]bool{"/": true, "/desk": true, "/wallboard": true}

// pages serves the built files: those under assets bear a hash of their content
// in their names and never change, the rest is asked for anew each time.
func pages(dist fs.FS) http.Handler {
	index, err := fs.ReadFile(dist, "index.html")
	missing := errors.Is(err, fs.ErrNotExist)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !safe(r.Method) {
			w.Header().Set("Allow", "GET, HEAD")
			problem(w, http.StatusMethodNotAllowed, "pages are only read")
			return
		}
		if views[strings.TrimSuffix(r.URL.Path, "/")] || r.URL.Path == "/" {
			if missing {
				problem(w, http.StatusServiceUnavailable, "this binary was built without its pages; run `make ui` and build it again")
				return
			}
			serve(w, r, "index.html", index, "no-cache")
			return
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		body, err := fs.ReadFile(dist, name)
		if err != nil {
			problem(w, http.StatusNotFound, "no such page")
			return
		}
		life := "no-cache"
		if strings.HasPrefix(name, "assets/") {
			life = "public, max-age=31536000, immutable"
		}
		serve(w, r, name, body, life)
	})
}

func serve(w http.ResponseWriter, r *http.Request, name string, body []byte, life string) {
	kind := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) { // whatever the machine's own table says
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".css":
		kind = "text/css; charset=utf-8"
	case ".html":
		kind = "text/html; charset=utf-8"
	case ".woff2":
		kind = "font/woff2"
	case ".svg":
		kind = "image/svg+xml"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", life)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
