// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

const (
	allowed      = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, REGISTER"
	supported    = "100rel, timer"
	sdpType      = "application/sdp"
	maxBodyParts = 8  // of a multipart body; further ones are not read
	retryAfterLo = 2  // seconds; Retry-After is drawn from [lo, hi] so that
	retryAfterHi = 12 // those who were refused do not come back together
)

// errBodyType says that a body is of a type that we do not take (415).
var errBodyType = errors.New("the body is no session description")

// respond sends a response made from req; whoever needs a To tag or headers of
// his own adds them in edit, which may be nil.
func (s *Server) respond(req *sip.Request, tx *sip.ServerTx, status int, reason string, edit func(*sip.Response)) error {
	res := sip.NewResponseFromRequest(req, status, reason, nil)
	if edit != nil {
		edit(res)
	}
	s.metrics.answered(req.Method, status)
	if err := tx.Respond(res); err != nil {
		return fmt.Errorf("answer %s with %d: %w", req.Method, status, err)
	}
	return nil
}

// reject answers with a final status outside of any leg. A far end that cannot
// be told repeats its request, so the error is worth no more than a debug line.
func (s *Server) reject(req *sip.Request, tx *sip.ServerTx, status int, reason string) {
	s.rejectWith(req, tx, status, reason, nil)
}

func (s *Server) rejectWith(req *sip.Request, tx *sip.ServerTx, status int, reason string, edit func(*sip.Response)) {
	if err := s.respond(req, tx, status, reason, edit); err != nil {
		s.log.Debug("refusal not sent", "err", err)
		tx.Terminate()
	}
}

// dismiss answers somebody we do not know, once for each request and never
// again: a transaction would repeat the refusal of an INVITE ten times, to an
// address that may be forged.
func (s *Server) dismiss(req *sip.Request, tx *sip.ServerTx, status int, reason string) {
	s.dismissWith(req, tx, status, reason, nil)
}

func (s *Server) dismissWith(req *sip.Request, tx *sip.ServerTx, status int, reason string, edit func(*sip.Response)) {
	s.metrics.answered(req.Method, status)
	res := sip.NewResponseFromRequest(req, status, reason, nil)
	if edit != nil {
		edit(res)
	}
	if err := tx.Connection().WriteMsg(res); err != nil {
		s.log.Debug("refusal not sent", "err", err)
	}
	tx.Terminate()
}

// rejectBusy answers 503 (RFC 3261, section 21.5.4).
func (s *Server) rejectBusy(req *sip.Request, tx *sip.ServerTx) {
	s.rejectWith(req, tx, 503, "Service Unavailable", addRetryAfter)
}

func (s *Server) rejectMethod(req *sip.Request, tx *sip.ServerTx) {
	s.rejectWith(req, tx, 405, "Method Not Allowed", func(res *sip.Response) {
		res.AppendHeader(sip.NewHeader("Allow", allowed)) // RFC 3261, section 8.2.1
	})
}

func (s *Server) rejectBody(req *sip.Request, tx *sip.ServerTx, accept string) {
	s.rejectWith(req, tx, 415, "Unsupported Media Type", func(res *sip.Response) {
		res.AppendHeader(sip.NewHeader("Accept", accept)) // RFC 3261, section 8.2.3
	})
}

// rejectRequired refuses a request that needs an extension (RFC 3261, section
// 8.2.2.3) that we do not support and says whether it did.
func (s *Server) rejectRequired(req *sip.Request, tx *sip.ServerTx) bool {
	var unknown []string
	for _, h := range req.GetHeaders("require") {
		for extension := range strings.SplitSeq(h.Value(), ",") {
			extension = strings.TrimSpace(extension)
			if !s.knows(req.Method, extension) {
				unknown = append(unknown, extension)
			}
		}
	}
	if len(unknown) == 0 {
		return false
	}
	s.rejectWith(req, tx, 420, "Bad Extension", func(res *sip.Response) {
		res.AppendHeader(sip.NewHeader("Unsupported", strings.Join(unknown, ", ")))
	})
	return true
}

// knows says whether a request may require the extension.
func (s *Server) knows(method sip.RequestMethod, extension string) bool {
	if method != sip.INVITE && method != sip.UPDATE {
		return false
	}
	for ours := range strings.SplitSeq(supported, ", ") {
		if strings.EqualFold(ours, extension) {
			return true
		}
	}
	return false
}

// answerOptions answers a request for capabilities (RFC 3261, section 11.2).
func (s *Server) answerOptions(req *sip.Request, tx *sip.ServerTx) {
	s.rejectWith(req, tx, 200, "OK", addCapabilities)
}

func addCapabilities(res *sip.Response) {
	res.AppendHeader(sip.NewHeader("Allow", allowed))
	res.AppendHeader(sip.NewHeader("Supported", supported))
	res.AppendHeader(sip.NewHeader("Accept", sdpType))
}

func addRetryAfter(res *sip.Response) {
	seconds := retryAfterLo + rand.IntN(retryAfterHi-retryAfterLo+1)
	res.AppendHeader(sip.NewHeader("Retry-After", strconv.Itoa(seconds)))
}

func addSDP(res *sip.Response, sdp []byte) {
	kind := sip.ContentTypeHeader(sdpType)
	res.AppendHeader(&kind)
	res.SetBody(sdp)
}

// sdpOf is the session description in a message, alone or as a part of a
// multipart body (RFC 5621, section 3.1); nil if it bears none.
func sdpOf(msg sip.Message) ([]byte, error) {
	body := msg.Body()
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	headers := append(msg.GetHeaders("content-type"), msg.GetHeaders("c")...)
	if len(headers) == 0 {
		return nil, errBodyType
	}
	if len(msg.GetHeaders("content-encoding")) > 0 {
		return nil, errBodyType
	}
	kind, params, err := mime.ParseMediaType(headers[0].Value())
	if err != nil {
		return nil, errBodyType
	}
	if kind == sdpType {
		return body, nil
	}
	if !strings.HasPrefix(kind, "multipart/") || params["boundary"] == "" {
		return nil, errBodyType
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for range maxBodyParts {
		part, err := parts.NextPart()
		if err != nil {
			return nil, errBodyType
		}
		if kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type")); err != nil || kind != sdpType {
			continue
		}
		sdp, err := io.ReadAll(io.LimitReader(part, int64(len(body))))
		if err != nil {
			return nil, errBodyType
		}
		return sdp, nil
	}
	return nil, errBodyType
}
