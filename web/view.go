// SPDX-License-Identifier: Apache-2.0

package web

import (
	"math"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/acd"
	"tandem/call"
)

// stamp is a moment on the wire: RFC 3339 in UTC with milliseconds, null for
// the zero time.
type stamp time.Time

const stampForm = `"2006-01-02T15:04:05.000Z"`

// IsZero leaves fields with omitzero out.
func (s stamp) IsZero() bool { return time.Time(s).IsZero() }

// MarshalJSON satisfies json.Marshaler.
func (s stamp) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return time.Time(s).UTC().AppendFormat(make([]byte, 0, len(stampForm)), stampForm), nil
}

// Schema describes it in the OpenAPI document.
func (stamp) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true}
}

// seconds is a duration on the wire, to the millisecond.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

type personView struct {
	ID   acd.AgentID `json:"id"`
	Name string      `json:"name"`
	Role string      `json:"role" enum:"agent,supervisor"`
}

// deskView is all that an agent's page shows of its agent.
type deskView struct {
	Now           stamp           `json:"now,omitzero"`
	Agent         personView      `json:"agent"`
	Page          string          `json:"page" doc:"The page load that has the desk, empty if none"`
	Status        acd.Status      `json:"status" doc:"available, notResponding, offline, or a configured reason"`
	Reason        string          `json:"reason"`
	Actor         acd.Actor       `json:"actor" doc:"Who set the status: an agent's ID, or server"`
	StatusSince   stamp           `json:"statusSince"`
	NextStatus    acd.Status      `json:"nextStatus" doc:"Takes effect when the work ends; empty if none"`
	Activity      acd.Activity    `json:"activity" enum:"idle,ringing,dialling,talking,onHold,wrapUp"`
	ActivitySince stamp           `json:"activitySince"`
	Until         stamp           `json:"until" doc:"End of the ringing or of a limited wrap-up"`
	Device        string          `json:"device" enum:"browser,phone,uri"`
	DeviceLost    bool            `json:"deviceLost"`
	Offer         call.OfferID    `json:"offer" doc:"The offer that rings now, 0 if none"`
	Call          *callView       `json:"call" doc:"The call being offered, talked or wrapped up"`
	Last          *lastView       `json:"last" doc:"How the last offer that came to nothing ended"`
	Queues        []deskQueueView `json:"queues" nullable:"false"`
}

type callView struct {
	ID           call.ID      `json:"id"`
	Kind         acd.Kind     `json:"kind" enum:"call,chat,task,callback,consult"`
	Name         string       `json:"name"`
	Number       string       `json:"number"`
	Dialled      string       `json:"dialled"`
	Queue        call.QueueID `json:"queue"`
	Arrived      stamp        `json:"arrived"`
	Entered      stamp        `json:"entered"`
	Bridged      stamp        `json:"bridged"`
	HeldSince    stamp        `json:"heldSince"`
	HeldSeconds  float64      `json:"heldSeconds" doc:"Length of earlier holds together"`
	Ended        stamp        `json:"ended"`
	EndedBy      string       `json:"endedBy" doc:"caller, agent or server; empty while alive"`
	Resuming     bool         `json:"resuming"`
	MenuPath     []string     `json:"menuPath" nullable:"false"`
	WrapUp       string       `json:"wrapUp" doc:"What follows it: none, optional, untilDismissed or limited"`
	WrapUpWanted bool         `json:"wrapUpWanted" doc:"The agent wants one, where it is optional"`
	Dispose      bool         `json:"dispose" doc:"A disposition is wanted before the wrap-up ends"`
	Disposition  string       `json:"disposition"`
	Notes        string       `json:"notes"`
}

type lastView struct {
	How    acd.OfferEnding `json:"how"`
	Name   string          `json:"name"`
	Number string          `json:"number"`
	Queue  call.QueueID    `json:"queue"`
	Began  stamp           `json:"began"`
	Ended  stamp           `json:"ended"`
}

type deskQueueView struct {
	ID           acd.QueueID `json:"id"`
	Waiting      int         `json:"waiting"`
	LongestSince stamp       `json:"longestSince" doc:"Since when the oldest contact waits"`
	SignedIn     int         `json:"signedIn"`
	Available    int         `json:"available"`
}

// floorView is the whole wallboard.
type floorView struct {
	Now      stamp            `json:"now,omitzero"`
	Queues   []floorQueueView `json:"queues" nullable:"false"`
	Agents   []floorAgentView `json:"agents" nullable:"false"`
	Formulas map[string]Text  `json:"formulas" doc:"How each number is made"`
}

type floorQueueView struct {
	ID               acd.QueueID   `json:"id"`
	Name             Text          `json:"name"`
	Closed           bool          `json:"closed"`
	Goal             float64       `json:"goal" doc:"Per cent of the service level"`
	ThresholdSeconds float64       `json:"thresholdSeconds"`
	Waiting          int           `json:"waiting"`
	LongestSince     stamp         `json:"longestSince"`
	SignedIn         int           `json:"signedIn"`
	Available        int           `json:"available"`
	Free             int           `json:"free"`
	Today            numbersView   `json:"today" doc:"Entered since midnight in the queue's zone"`
	Last30           numbersView   `json:"last30" doc:"Entered within the last 30 minutes"`
	Contacts         []contactView `json:"contacts" nullable:"false"`
	Later            int           `json:"later" doc:"Callbacks wanted at a time that has not come"`
}

type numbersView struct {
	Offered              int                `json:"offered"`
	Answered             int                `json:"answered"`
	Abandoned            int                `json:"abandoned" doc:"Short ones included"`
	ShortAbandoned       int                `json:"shortAbandoned"`
	AnsweredWithin       int                `json:"answeredWithin"`
	Waiting              int                `json:"waiting"`
	ServiceLevel         *float64           `json:"serviceLevel" doc:"Per cent; null without data"`
	FlowOuts             map[acd.Ending]int `json:"flowOuts"`
	Refused              map[acd.Ending]int `json:"refused"`
	AverageAnswerSeconds *float64           `json:"averageAnswerSeconds" doc:"null without data"`
}

type contactView struct {
	ID       acd.ContactID `json:"id"`
	Name     string        `json:"name" doc:"Shown to supervisors only"`
	Number   string        `json:"number" doc:"Shown to supervisors only"`
	Position int           `json:"position"`
	Since    stamp         `json:"since"`
	Agent    acd.AgentID   `json:"agent" doc:"Being offered to, or empty"`
	Priority int           `json:"priority" doc:"A larger one is more urgent"`
	Require  string        `json:"require" doc:"Whom the contact wants, in words; empty: anyone"`
	Step     int           `json:"step" doc:"The open step of that, from 1"`
	Kind     acd.Kind      `json:"kind" enum:"call,chat,task,callback,consult"`
	Dialling bool          `json:"dialling" doc:"The customer of a callback is being dialled"`
	Resting  bool          `json:"resting" doc:"Has its place, and nobody is asked now"`
	Attempts int           `json:"attempts" doc:"Dials of a callback so far"`
	Again    stamp         `json:"again" doc:"Asked again not before; null: not known"`
}

type floorAgentView struct {
	ID            acd.AgentID  `json:"id"`
	Name          string       `json:"name"`
	Status        acd.Status   `json:"status"`
	Reason        string       `json:"reason"`
	Actor         acd.Actor    `json:"actor"`
	StatusSince   stamp        `json:"statusSince"`
	NextStatus    acd.Status   `json:"nextStatus"`
	Activity      acd.Activity `json:"activity"`
	ActivitySince stamp        `json:"activitySince"`
	Until         stamp        `json:"until"`
	Queue         acd.QueueID  `json:"queue"`
	Device        string       `json:"device"`
}
