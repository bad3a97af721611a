// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"crypto/md5" //nolint:gosec // RFC 7616 names it and phones have nothing else
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"tandem/acd"
)

// The cost of a password's hash: OWASP's first choice for argon2id (19 MiB, two
// passes, one lane), about 30 ms here. They stand in each hash, so they can be
// raised without breaking old ones.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonSalt   = 16 // bytes
	argonKey    = 32 // bytes

	// hashesAtOnce bounds memory and processor under a storm of sign-ins.
	hashesAtOnce = 2

	// PasswordLeast and PasswordMost bound a web password, in bytes.
	PasswordLeast = 8
	PasswordMost  = 256
)

// ErrPassword says that a new password has an unusable length.
var ErrPassword = fmt.Errorf("a password has %d to %d bytes", PasswordLeast, PasswordMost)

// SetPassword sets an agent's web password and ends the agent's sessions.
func (s *Store) SetPassword(ctx context.Context, agent acd.AgentID, password string) error {
	if len(password) < PasswordLeast || len(password) > PasswordMost {
		return fmt.Errorf("set password of %s: %w", agent, ErrPassword)
	}
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails
	hash := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		base64.RawStdEncoding.EncodeToString(salt),
		base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey)))
	err := s.act(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO agent_secrets (agent, password, password_at) VALUES (?, ?, ?)
			ON CONFLICT (agent) DO UPDATE SET password = excluded.password, password_at = excluded.password_at`,
			string(agent), hash, s.now().UnixMicro()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE agent = ?`, string(agent))
		return err
	})
	if err != nil {
		return fmt.Errorf("set password of %s: %w", agent, err)
	}
	return nil
}

// HasPassword says whether an agent can sign in at all.
func (s *Store) HasPassword(ctx context.Context, agent acd.AgentID) (bool, error) {
	hash, err := s.passwordHash(ctx, agent)
	return hash != "", err
}

func (s *Store) passwordHash(ctx context.Context, agent acd.AgentID) (string, error) {
	var hash string
	err := s.read.QueryRowContext(ctx, `SELECT password FROM agent_secrets WHERE agent = ?`, string(agent)).Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read password of %s: %w", agent, err)
	}
	return hash, nil
}

// CheckPassword says whether it is the agent's password. An agent who is
// unknown or has none takes as long as a wrong password. An error means that
// nothing could be checked.
func (s *Store) CheckPassword(ctx context.Context, agent acd.AgentID, password string) (bool, error) {
	hash, err := s.passwordHash(ctx, agent)
	if err != nil {
		return false, err
	}
	select {
	case s.hashes <- struct{}{}:
		defer func() { <-s.hashes }()
	case <-ctx.Done():
		return false, fmt.Errorf("check password of %s: %w", agent, ctx.Err())
	}
	known := hash != ""
	if !known {
		hash = nobody
	}
	if len(password) > PasswordMost {
		password = password[:PasswordMost]
		known = false
	}
	same, err := matches(hash, password)
	if err != nil {
		return false, fmt.Errorf("check password of %s: %w", agent, err)
	}
	return same && known, nil
}

// nobody is the hash that an unknown agent's password is compared with.
var nobody = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
	base64.RawStdEncoding.EncodeToString(make([]byte, argonSalt)), base64.RawStdEncoding.EncodeToString(make([]byte, argonKey)))

// matches compares a password with a hash in the usual notation.
func matches(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$") // "", argon2id, v=, m=..,t=..,p=.., salt, key
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("hash has an unknown form")
	}
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil {
		return false, fmt.Errorf("read cost of hash: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("read salt of hash: %w", err)
	}
	key, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("read key of hash: %w", err)
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1, nil
}

// NewPhoneSecret makes a secret for the agent's SIP phone, keeps its HA1 for
// the realm and returns the secret, which is shown once and kept nowhere.
func (s *Store) NewPhoneSecret(ctx context.Context, agent acd.AgentID, realm string) (string, error) {
	secret := rand.Text()
	return secret, s.SetPhoneSecret(ctx, agent, realm, secret)
}

// SetPhoneSecret keeps the HA1 of a given secret. The phone's user name is the
// agent's ID.
func (s *Store) SetPhoneSecret(ctx context.Context, agent acd.AgentID, realm, secret string) error {
	// RFC 7616, section 3.4.2: A1 = unq(username) ":" unq(realm) ":" passwd.
	sum := md5.Sum([]byte(string(agent) + ":" + realm + ":" + secret)) //nolint:gosec // see the import
	err := s.act(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO agent_secrets (agent, phone_realm, phone_ha1, phone_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (agent) DO UPDATE SET phone_realm = excluded.phone_realm, phone_ha1 = excluded.phone_ha1,
			phone_at = excluded.phone_at`, string(agent), realm, hex.EncodeToString(sum[:]), s.now().UnixMicro())
		return err
	})
	if err != nil {
		return fmt.Errorf("set phone secret of %s: %w", agent, err)
	}
	return nil
}

// PhoneHA1 returns the agent's HA1 for the realm; "" if there is none.
func (s *Store) PhoneHA1(ctx context.Context, agent acd.AgentID, realm string) (string, error) {
	var ha1 string
	err := s.read.QueryRowContext(ctx, `SELECT phone_ha1 FROM agent_secrets WHERE agent = ? AND phone_realm = ?`,
		string(agent), realm).Scan(&ha1)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read phone secret of %s: %w", agent, err)
	}
	return ha1, nil
}
