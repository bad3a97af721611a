// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"tandem/acd"
)

// sessionBytes is the length of a session's token before base64.
const sessionBytes = 32

// StartSession makes a session that ends after life and returns its token,
// which only the browser keeps. Sessions that are over are swept out with it.
func (s *Store) StartSession(ctx context.Context, agent acd.AgentID, life time.Duration) (token string, err error) {
	raw := make([]byte, sessionBytes)
	rand.Read(raw) // never fails
	token = base64.RawURLEncoding.EncodeToString(raw)
	now := s.now()
	err = s.act(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires <= ?`, now.UnixMicro()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (token, agent, began, expires) VALUES (?, ?, ?, ?)`,
			hashed(token), string(agent), now.UnixMicro(), now.Add(life).UnixMicro())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("start session of %s: %w", agent, err)
	}
	return token, nil
}

// Session returns whose session a token is; ok is false if there is none or it
// is over.
func (s *Store) Session(ctx context.Context, token string) (agent acd.AgentID, ok bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT agent FROM sessions WHERE token = ? AND expires > ?`,
		hashed(token), s.now().UnixMicro()).Scan(&agent)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read session: %w", err)
	}
	return agent, true, nil
}

// EndSessions ends all sessions of an agent.
func (s *Store) EndSessions(ctx context.Context, agent acd.AgentID) error {
	err := s.act(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE agent = ?`, string(agent))
		return err
	})
	if err != nil {
		return fmt.Errorf("end sessions of %s: %w", agent, err)
	}
	return nil
}

// hashed is how a token is kept: who reads the database cannot use it.
func hashed(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
