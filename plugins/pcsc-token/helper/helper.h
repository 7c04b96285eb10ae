/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file helper.h
 * The helper program: what may hang or crash outside of charon.
 *
 * A call into pcscd or a PKCS#11 module ends when pcscd answers, and not
 * before: there is no time limit to set, and even SCardCancel() asks pcscd. A
 * thread in such a call can't be stopped, a process can. So the plugin starts
 * this program once to watch the readers, and once for each card in use, and
 * kills it when a card is gone or an answer doesn't come.
 */

#ifndef HELPER_H_
#define HELPER_H_

/**
 * Report the state of all readers, at each change and at an interval, until
 * pcscd or the plugin is gone.
 *
 * @param poll			interval, in seconds
 * @return				exit status
 */
int helper_watch(unsigned int poll);

/**
 * Serve a key on a card, until the plugin is gone.
 *
 * @return				exit status
 */
int helper_token(void);

#endif /** HELPER_H_ */
