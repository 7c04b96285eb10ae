/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "helper.h"
#include "../pcsc_token_message.h"

#include <winscard.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/**
 * What is there, as of the last look.
 */
typedef struct {
	/** names as SCardListReaders() returns them, freed with the context's */
	char *names;
	/** a state for each of them, which wait_for_change() updates */
	SCARD_READERSTATE states[PCSCLITE_MAX_READERS_CONTEXTS];
	/** number of them */
	DWORD count;
} readers_t;

/**
 * Look which readers there are. States are looked up next.
 */
static LONG list_readers(SCARDCONTEXT context, readers_t *this)
{
	DWORD len = SCARD_AUTOALLOCATE;
	char *name;
	LONG rv;

	memset(this, 0, sizeof(*this));
	rv = SCardListReaders(context, NULL, (char*)&this->names, &len);
	if (rv == SCARD_E_NO_READERS_AVAILABLE)
	{
		return SCARD_S_SUCCESS;
	}
	if (rv != SCARD_S_SUCCESS)
	{
		return rv;
	}
	for (name = this->names;
		 *name && this->count < PCSCLITE_MAX_READERS_CONTEXTS;
		 name += strlen(name) + 1)
	{
		this->states[this->count++] = (SCARD_READERSTATE){
			.szReader = name,
			.dwCurrentState = SCARD_STATE_UNAWARE,
		};
	}
	return SCARD_S_SUCCESS;
}

/**
 * Free the names of readers.
 */
static void free_readers(SCARDCONTEXT context, readers_t *this)
{
	if (this->names)
	{
		SCardFreeMemory(context, this->names);
	}
	this->names = NULL;
}

/**
 * Wait until a reader's state isn't the one seen last, milliseconds at most.
 */
static LONG wait_for_change(SCARDCONTEXT context, readers_t *this, DWORD ms)
{
	DWORD i;
	LONG rv;

	rv = SCardGetStatusChange(context, ms, this->states, this->count);
	if (rv == SCARD_S_SUCCESS)
	{
		for (i = 0; i < this->count; i++)
		{
			this->states[i].dwCurrentState = this->states[i].dwEventState;
		}
	}
	return rv;
}

/**
 * Tell the plugin the states.
 */
static bool report(readers_t *this)
{
	pcsc_token_message_t message;
	SCARD_READERSTATE *state;
	bool present, held;
	DWORD i;

	pcsc_token_message_begin(&message, PCSC_TOKEN_READERS);
	for (i = 0; i < this->count; i++)
	{
		state = &this->states[i];
		present = state->dwEventState & SCARD_STATE_PRESENT &&
				  !(state->dwEventState & SCARD_STATE_MUTE);
		held = state->dwEventState & SCARD_STATE_EXCLUSIVE;
		if (!pcsc_token_message_add(&message, state->szReader,
									strlen(state->szReader)) ||
			!pcsc_token_message_add_number(&message, present ? 1 + held : 0) ||
			!pcsc_token_message_add_number(&message,
										   state->dwEventState >> 16) ||
			!pcsc_token_message_add(&message, state->rgbAtr,
									present ? state->cbAtr : 0))
		{
			return false;
		}
	}
	return pcsc_token_message_send(&message, PCSC_TOKEN_HELPER_FD);
}

/**
 * Report the state of the readers there are, until it is time to look which
 * there are.
 *
 * @param alive			set to false if the plugin is gone
 * @return				what ended this, SCARD_E_TIMEOUT as a rule
 */
static LONG watch(SCARDCONTEXT context, readers_t *readers, DWORD ms,
				  bool *alive)
{
	LONG rv;

	if (!readers->count)
	{
		*alive = report(readers);
		usleep(ms * 1000);
		return SCARD_E_TIMEOUT;
	}
	/* at once, as no state is known yet */
	rv = wait_for_change(context, readers, 0);
	while (rv == SCARD_S_SUCCESS && *alive)
	{
		*alive = report(readers);
		rv = wait_for_change(context, readers, ms);
	}
	return rv;
}

/**
 * Watch until something fails.
 *
 * @return				what failed, SCARD_S_SUCCESS if the plugin is gone
 */
static LONG watch_all(SCARDCONTEXT context, DWORD ms)
{
	readers_t readers;
	bool alive = true;
	LONG rv;

	do
	{
		rv = list_readers(context, &readers);
		if (rv == SCARD_S_SUCCESS)
		{
			rv = watch(context, &readers, ms, &alive);
			free_readers(context, &readers);
			if (rv == SCARD_E_TIMEOUT || rv == SCARD_E_UNKNOWN_READER)
			{
				rv = SCARD_S_SUCCESS;
			}
		}
	}
	while (alive && rv == SCARD_S_SUCCESS);
	return rv;
}

int helper_watch(unsigned int poll)
{
	pcsc_token_message_t message;
	SCARDCONTEXT context;
	const char *text;
	LONG rv;

	rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
	if (rv == SCARD_S_SUCCESS)
	{
		rv = watch_all(context, poll * 1000);
		SCardReleaseContext(context);
	}
	if (rv == SCARD_S_SUCCESS)
	{
		return EXIT_SUCCESS;
	}
	text = pcsc_stringify_error(rv);
	pcsc_token_message_begin(&message, PCSC_TOKEN_NO_PCSCD);
	pcsc_token_message_add(&message, text, strlen(text));
	pcsc_token_message_send(&message, PCSC_TOKEN_HELPER_FD);
	return EXIT_FAILURE;
}
