// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"crypto/md5"
	"encoding/hex"
)

func ha1Of(user, realm, password string) string {
	sum := md5.Sum([]byte(user + ":" + realm + ":" + password))
	return hex.EncodeToString(sum[:])
}
