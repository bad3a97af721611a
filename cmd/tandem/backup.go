// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"

	"tandem/store"
)

// backup copies the data folder while the server runs.
func backup(ctx context.Context, v *invocation) error {
	cfg, err := v.config()
	if err != nil {
		return err
	}
	if len(v.args) != 1 {
		return errors.New("say where to: tandem backup FOLDER")
	}
	s, err := store.Attach(ctx, store.Options{Folder: cfg.DataFolder})
	if err != nil {
		return fmt.Errorf("open data folder: %w", err)
	}
	if err := errors.Join(s.Backup(ctx, v.args[0]), s.Close()); err != nil {
		return err
	}
	return v.contents(ctx, v.args[0])
}

// restore puts a backup where the data folder is to be. The folder must be
// empty or not there, so that nothing is ever overwritten.
func restore(ctx context.Context, v *invocation) error {
	cfg, err := v.config()
	if err != nil {
		return err
	}
	if len(v.args) != 1 {
		return errors.New("say which backup: tandem restore FOLDER")
	}
	c, err := store.Restore(ctx, v.args[0], cfg.DataFolder)
	if err != nil {
		return err
	}
	return v.holds(cfg.DataFolder, c)
}

// contents verifies a data folder and says what it holds.
func (v *invocation) contents(ctx context.Context, folder string) error {
	c, err := store.Check(ctx, folder)
	if err != nil {
		return err
	}
	return v.holds(folder, c)
}

func (v *invocation) holds(folder string, c store.Contents) error {
	_, err := fmt.Fprintf(v.stdout, "%s is whole: %d calls, %d queue visits, %d agents\n", folder, c.Calls, c.Visits, c.Agents)
	return err
}
