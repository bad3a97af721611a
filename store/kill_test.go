// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/acd"
)

// victim, set in the environment, makes this test binary a server that writes
// records into the named folder until it is killed.
const victim = "TANDEM_STORE_VICTIM"

func TestMain(m *testing.M) {
	if folder := os.Getenv(victim); folder != "" {
		writeUntilKilled(folder)
	}
	os.Exit(m.Run())
}

// writeUntilKilled opens and ends calls on several goroutines and prints the
// ID of each call once Open has returned.
func writeUntilKilled(folder string) {
	s, err := Open(context.Background(), Options{Folder: folder})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("g%d-%06d", g, i)
				if err := s.Open(context.Background(), opened(id, time.Now())); err != nil {
					continue
				}
				out.Lock()
				fmt.Println(id)
				out.Unlock()
				s.Keep(visit("support", time.Now(), time.Millisecond, acd.EndAnswered))
				if i%2 == 0 {
					s.Keep(ended(id, time.Now()))
				}
			}
		})
	}
	wg.Wait()
}

func TestKilledServerLeavesOneRowForEachCall(t *testing.T) {
	folder := t.TempDir()
	promised := map[string]bool{}
	for _, lines := range []int{200, 501, 1207} { // three kills on one folder
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), victim+"="+folder)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		prefix := fmt.Sprint(lines)
		scan := bufio.NewScanner(out)
		for n := 0; scan.Scan(); n++ {
			if strings.HasPrefix(scan.Text(), "error") {
				t.Error(scan.Text())
			}
			promised[scan.Text()] = true
			if n == lines {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		killed := time.Now()
		cmd.Wait() //nolint:errcheck // it was killed
		s := open(t, Options{Folder: folder})
		missing := 0
		for id := range promised {
			if count(t, s, `SELECT count(*) FROM calls WHERE id = ?`, id) != 1 {
				missing++
			}
		}
		if missing > 0 {
			t.Errorf("kill %s: %d of %d calls have no row", prefix, missing, len(promised))
		}
		if n := count(t, s, `SELECT count(*) FROM calls WHERE ended IS NULL OR cause IS NULL`); n != 0 {
			t.Errorf("kill %s: %d calls still open", prefix, n)
		}
		if n := count(t, s, `SELECT count(*) FROM calls WHERE cause = 'serverRestart'`); n == 0 {
			t.Errorf("kill %s: no call was cut off", prefix)
		}
		var last int64
		if err := s.read.QueryRow(`SELECT max(ended) FROM calls`).Scan(&last); err != nil {
			t.Fatal(err)
		}
		if off := killed.Sub(time.UnixMicro(last)); off > 10*time.Second {
			t.Errorf("kill %s: the last call ends %v before the kill", prefix, off)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
