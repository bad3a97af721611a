// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	streamName = "journal"
	subject    = "journal.desk"
	startLimit = 30 * time.Second // for JetStream to look through what it has
)

// engine is a JetStream server within the process; nothing listens.
type engine struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
}

// openEngine opens the stream in folder, and makes it if it is not there.
func openEngine(ctx context.Context, folder string, o Options) (_ *engine, err error) {
	most := int64(o.MaxMegabytes) << 20
	s, err := server.NewServer(&server.Options{
		ServerName: "tandem", DontListen: true, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: folder, SyncAlways: true,
		JetStreamMaxMemory: 16 << 20, JetStreamMaxStore: 2 * most,
		MaxPayload: maxPayload, MaxPending: 2 * maxPayload,
	})
	if err != nil {
		return nil, fmt.Errorf("make journal server: %w", err)
	}
	e := &engine{server: s}
	defer func() {
		if err != nil {
			e.close()
		}
	}()
	s.Start()
	if !s.ReadyForConnections(startLimit) {
		return nil, errors.New("start journal server: it is not ready in time")
	}
	if !s.JetStreamEnabled() {
		return nil, errors.New("start journal server: the folder cannot be used")
	}
	if e.conn, err = nats.Connect("", nats.InProcessServer(s), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond)); err != nil {
		return nil, fmt.Errorf("reach journal server: %w", err)
	}
	if e.js, err = jetstream.New(e.conn); err != nil {
		return nil, fmt.Errorf("reach journal server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	e.stream, err = e.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName, Subjects: []string{subject}, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardOld,
		MaxAge: o.Keep, MaxBytes: most, MaxMsgSize: maxPayload, AllowDirect: true,
	})
	if err != nil {
		return nil, fmt.Errorf("open journal stream: %w", err)
	}
	return e, nil
}

func (e *engine) close() {
	if e.conn != nil {
		e.conn.Close()
	}
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// bounds are the first and the last sequence of the stream; an empty one has
// first = last + 1.
func (e *engine) bounds(ctx context.Context) (first, last uint64, err error) {
	info, err := e.stream.Info(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("ask journal for its state: %w", err)
	}
	return info.State.FirstSeq, info.State.LastSeq, nil
}

// read calls f for each append from sequence from to to, in order.
func (e *engine) read(ctx context.Context, from, to uint64, f func(seq uint64, batch []byte) error) error {
	if from > to {
		return nil
	}
	c, err := e.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: max(from, 1),
	})
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	messages, err := c.Messages(jetstream.PullMaxMessages(256))
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		if seq := meta.Sequence.Stream; seq <= to {
			if err := f(seq, m.Data()); err != nil {
				return fmt.Errorf("journal append %d: %w", seq, err)
			}
		}
		if meta.Sequence.Stream >= to {
			return nil
		}
	}
}
