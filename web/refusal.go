// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/call"
)

// refusal turns the desk's answer to an intent into the browser's. What is
// nobody's wish is logged here, since huma tells nobody.
func (s *Server) refusal(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, call.ErrWrongState):
		return huma.Error409Conflict("not possible in this state")
	case errors.Is(err, call.ErrNoDisposition):
		return huma.Error409Conflict("choose a disposition first")
	case errors.Is(err, call.ErrUnknownAgent):
		return huma.Error404NotFound("no such agent takes calls")
	case errors.Is(err, call.ErrNotWaiting):
		return huma.Error404NotFound("nobody of that name waits")
	case errors.Is(err, call.ErrUnknownQueue):
		return huma.Error404NotFound("no such queue")
	case errors.Is(err, call.ErrBadStatus):
		return huma.Error422UnprocessableEntity("no such status")
	}
	s.log.Error("intent not carried out", "err", err)
	return huma.NewError(http.StatusInternalServerError, "our fault; it is in the log")
}
