// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/acd"
	"tandem/call"
)

type (
	callFlowRequest struct {
		ID call.ID `path:"id" maxLength:"64"`
	}
	callFlowAnswer struct {
		Body struct {
			Flow    string         `json:"flow"`
			Version string         `json:"version" doc:"Of the flow that the call ran, by its content"`
			Nodes   []passedView   `json:"nodes" nullable:"false" doc:"Passed, in their order; known when the call is over"`
			Answers []surveyView   `json:"answers" nullable:"false" doc:"Of the caller to questions of a survey"`
			Said    []recordedView `json:"said" nullable:"false" doc:"What the caller said into recordings"`
		}
	}
	passedView struct {
		At   stamp  `json:"at"`
		Flow string `json:"flow"`
		Node string `json:"node"`
	}
	surveyView struct {
		At       stamp       `json:"at"`
		Question string      `json:"question"`
		Answer   int         `json:"answer"`
		Agent    acd.AgentID `json:"agent" doc:"The last one who talked with the caller, or empty"`
		Queue    acd.QueueID `json:"queue"`
	}
	recordedView struct {
		At      stamp   `json:"at"`
		Name    string  `json:"name" doc:"Below the folder of recordings"`
		Seconds float64 `json:"seconds"`
		How     string  `json:"how" doc:"What ended it: stopped, silence or full"`
		Node    string  `json:"node"`
	}
)

func (s *Server) callFlowRoute(api huma.API) {
	o := operation(http.MethodGet, "/calls/{id}/flow", "callFlow",
		"Supervisor: which version of its flow a call ran, the nodes it passed with their times, and what the caller answered and said", http.StatusOK)
	o.Errors = append(o.Errors, http.StatusNotFound)
	huma.Register(api, o, s.callFlow)
}

func (s *Server) callFlow(ctx context.Context, in *callFlowRequest) (*callFlowAnswer, error) {
	if _, err := supervisor(ctx); err != nil {
		return nil, err
	}
	f, known, err := s.deps.History.CallFlow(ctx, in.ID)
	if err != nil {
		return nil, s.refusal(err)
	}
	if !known {
		return nil, huma.Error404NotFound("there is no such call")
	}
	out := &callFlowAnswer{}
	b := &out.Body
	b.Flow, b.Version = f.Flow, f.Version
	b.Nodes, b.Answers, b.Said = []passedView{}, []surveyView{}, []recordedView{}
	for _, p := range f.Path {
		b.Nodes = append(b.Nodes, passedView{At: stamp(p.At), Flow: p.Flow, Node: p.Node})
	}
	for _, a := range f.Answers {
		b.Answers = append(b.Answers, surveyView{At: stamp(a.At), Question: a.Question, Answer: a.Answer, Agent: a.Agent, Queue: a.Queue})
	}
	for _, r := range f.Said {
		b.Said = append(b.Said, recordedView{At: stamp(r.At), Name: r.Name, Seconds: seconds(r.Length), How: r.How, Node: r.Node})
	}
	return out, nil
}
