// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/acd"
)

// LastAgent is who talked last to somebody of a number, "" if nobody did.
func (s *Store) LastAgent(ctx context.Context, number string) (agent acd.AgentID, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT agent FROM calls WHERE from_number = ? AND agent <> '' AND bridged IS NOT NULL
		ORDER BY arrived DESC LIMIT 1`, number).Scan(&agent)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read the last agent: %w", err)
	}
	return agent, nil
}
