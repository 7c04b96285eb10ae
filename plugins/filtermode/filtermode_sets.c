/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_sets.h"
#include "filtermode_listing.h"
#include "filtermode_monitor.h"
#include "filtermode_nft.h"

#include <collections/hashtable.h>
#include <owner.h>

#include <errno.h>

/**
 * Most elements of a plan that are refused one by one.
 */
#define REFUSED_MAX 64

typedef struct private_filtermode_sets_t private_filtermode_sets_t;
typedef struct set_t set_t;
typedef struct plan_t plan_t;

struct private_filtermode_sets_t {
	filtermode_sets_t public;
	/** commands to nftables */
	filtermode_nft_t *nft;
	/** as passed to the constructor */
	filtermode_members_t *members;
	filtermode_queue_t *queue;
	log_limiter_t *limiter;
	/** those of the settings in force, and those of settings before that
	 * couldn't be emptied yet, as set_t */
	array_t *sets;
};

/**
 * A set.
 */
struct set_t {
	/** of settings, which is a reference */
	filtermode_target_t *target;
	filtermode_settings_t *settings;
	/** whether they aren't in force any more: nothing of ours is to be there */
	bool leaving;
	/** claim on the set: who has it knows which elements are in use */
	owner_t *owner;
	/** tells about changes of its table, NULL if it can't be watched */
	filtermode_monitor_t *monitor;
	/** elements that we have put there, by themselves */
	hashtable_t *have;
	/** elements that nftables refused to add, which isn't tried again before
	 * one of ours goes, or others change the table */
	hashtable_t *refused;
	/** whether it is of IPv6 addresses */
	bool v6;
	/** whether have is what is there of ours, and others have put there nothing
	 * that is wanted: if not, it has to be listed */
	bool known;
	/** whether not all could be done that is to be, and will be tried again */
	bool unfinished;
	/** whether the log says that it is filled */
	bool told;
	/** as told to a filtermode_sets_cb_t */
	char reason[BUF_LEN];
};

/**
 * What is to be done to a set.
 */
struct plan_t {
	set_t *set;
	/** elements of ours to add and to remove, as char* */
	array_t *add;
	array_t *del;
	/** elements of others that are there, NULL if none are known */
	hashtable_t *foreign;
	/** how many of ours somebody has removed */
	u_int lost;
	/** how many transactions it has taken so far */
	u_int transactions;
};

/**
 * Create a set of strings.
 */
static hashtable_t *strings_create()
{
	return hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
}

/**
 * Have a string in a set of them.
 */
static void strings_add(hashtable_t *strings, const char *string)
{
	char *copy = strdup(string);

	free(strings->put(strings, copy, copy));
}

/**
 * Destroy a set of strings.
 */
static void strings_destroy(hashtable_t *strings)
{
	enumerator_t *enumerator;
	char *string;

	enumerator = strings->create_enumerator(strings);
	while (enumerator->enumerate(enumerator, NULL, &string))
	{
		free(string);
	}
	enumerator->destroy(enumerator);
	strings->destroy(strings);
}

/**
 * Try again to add what was refused.
 */
static void forget_refused(set_t *set)
{
	strings_destroy(set->refused);
	set->refused = strings_create();
}

/**
 * Say what is wrong with a set, once.
 *
 * @param option	option to change
 */
static void fail(private_filtermode_sets_t *this, set_t *set,
				 const char *option, const char *fmt, ...)
{
	char reason[BUF_LEN], why[BUF_LEN], more[LOG_LIMITER_MORE];
	filtermode_target_t *target = set->target;
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	snprintf(reason, sizeof(reason), "sets.%s.%s = \"%s\": %s",
			 target->section.name, option,
			 streq(option, "table") ? target->table : target->set, why);
	set->told = FALSE;
	if (!streq(reason, set->reason) &&
		log_limiter_pass(this->limiter, more, "times", "%s", reason))
	{
		DBG1(DBG_CFG, "filtermode: %s%s", reason, more);
	}
	strcpy(set->reason, reason);
}

/**
 * Print a list of elements as a command.
 */
static void print_elements(const char *command, set_t *set, array_t *elements,
						   const char *mark, FILE *out)
{
	enumerator_t *enumerator;
	const char *separator = "";
	char *element;

	if (!array_count(elements))
	{
		return;
	}
	fprintf(out, "%s element %s %s { ", command, set->target->table,
			set->target->set);
	enumerator = array_create_enumerator(elements);
	while (enumerator->enumerate(enumerator, &element))
	{
		fprintf(out, "%s%s%s", separator, element, mark);
		separator = ", ";
	}
	enumerator->destroy(enumerator);
	fprintf(out, " }\n");
}

/**
 * Have a set looked at again, soon.
 */
static void look_again(private_filtermode_sets_t *this, set_t *set)
{
	set->known = FALSE;
	set->unfinished = TRUE;
	this->queue->table_changed(this->queue, NULL);
}

/**
 * Remove and add elements, in one transaction. What is there already isn't
 * added.
 *
 * @param error		gets why that failed, may be NULL
 * @return			FALSE if it did
 */
static bool carry_out(private_filtermode_sets_t *this, plan_t *plan,
					  array_t *add, array_t *del, filtermode_nft_error_t *error)
{
	hashtable_t *have = plan->set->have;
	enumerator_t *enumerator;
	char *commands, *element;
	bool success;
	size_t len;
	FILE *out;

	out = open_memstream(&commands, &len);
	print_elements("delete", plan->set, del, "", out);
	print_elements("create", plan->set, add,
				   " comment \"" FILTERMODE_MARK "\"", out);
	fclose(out);
	success = this->nft->run(this->nft, commands, error);
	free(commands);
	if (success)
	{
		plan->transactions++;
		enumerator = array_create_enumerator(del);
		while (enumerator->enumerate(enumerator, &element))
		{
			free(have->remove(have, element));
		}
		enumerator->destroy(enumerator);
		if (array_count(del) &&
			plan->set->refused->get_count(plan->set->refused))
		{	/* there may be room now */
			forget_refused(plan->set);
			look_again(this, plan->set);
		}
		enumerator = array_create_enumerator(add);
		while (enumerator->enumerate(enumerator, &element))
		{
			strings_add(have, element);
		}
		enumerator->destroy(enumerator);
	}
	return success;
}

/**
 * Add or remove an element by itself, as carry_out().
 */
static bool carry_out_one(private_filtermode_sets_t *this, plan_t *plan,
						  bool add, char *element,
						  filtermode_nft_error_t *error)
{
	array_t *one = array_create(0, 1);
	bool success;

	array_insert(one, ARRAY_TAIL, element);
	success = carry_out(this, plan, add ? one : NULL, add ? NULL : one, error);
	array_destroy(one);
	return success;
}

/**
 * Is it no use to try others if an element was refused for a reason, as the
 * table is gone, or something is short that will be there again?
 */
static bool is_passing(filtermode_nft_error_t *error)
{
	static const int passing[] = {
		ENOENT, ENOMEM, ENOBUFS, EMFILE, EBUSY, EAGAIN, EINTR, EPERM,
	};
	int i;

	for (i = 0; i < countof(passing); i++)
	{
		if (filtermode_nft_error_is(error, passing[i]))
		{	/* which is a part of the other text */
			return !filtermode_nft_error_is(error, ENFILE);
		}
	}
	return FALSE;
}

/**
 * Remove what a plan has to, each element by itself.
 *
 * @param error		gets why that failed
 * @return			first element that it failed for, NULL if for none
 */
static char *remove_each(private_filtermode_sets_t *this, plan_t *plan,
						 filtermode_nft_error_t *error)
{
	filtermode_nft_error_t current;
	enumerator_t *enumerator;
	char *element, *failed = NULL;
	u_int count = 0;

	enumerator = array_create_enumerator(plan->del);
	while (count < REFUSED_MAX && enumerator->enumerate(enumerator, &element))
	{
		if (!carry_out_one(this, plan, FALSE, element, &current) && !count++)
		{
			failed = element;
			*error = current;
		}
	}
	enumerator->destroy(enumerator);
	if (failed)
	{
		look_again(this, plan->set);
	}
	return failed;
}

/**
 * Add what a plan has to, each element by itself, and note those that are
 * refused: all others, too, once the set is full, or too many were.
 *
 * @param error		gets why that failed
 * @return			first element that it failed for, NULL if for none
 */
static char *add_each(private_filtermode_sets_t *this, plan_t *plan,
					  filtermode_nft_error_t *error)
{
	filtermode_nft_error_t current;
	enumerator_t *enumerator;
	char *element, *failed = NULL;
	u_int count = 0;
	bool full = FALSE;

	enumerator = array_create_enumerator(plan->add);
	while (enumerator->enumerate(enumerator, &element))
	{
		if (full || !carry_out_one(this, plan, TRUE, element, &current))
		{
			if (!failed)
			{
				failed = element;
				*error = current;
			}
			if (!full && is_passing(&current))
			{
				look_again(this, plan->set);
				break;
			}
			strings_add(plan->set->refused, element);
			full = full || ++count == REFUSED_MAX ||
				   filtermode_nft_error_is(&current, ENFILE);
		}
	}
	enumerator->destroy(enumerator);
	return failed;
}

/**
 * Get how many transactions changed a set's table.
 */
static u_int take(set_t *set)
{
	return set->monitor ? set->monitor->take(set->monitor) : 0;
}

/**
 * Look at sets again if others have changed their table while a plan was
 * carried out; there is a check to come.
 *
 * @return			TRUE if the plan's set may not be what it was
 */
static bool distrust(private_filtermode_sets_t *this, plan_t *plan)
{
	enumerator_t *enumerator;
	bool others = FALSE;
	set_t *set;

	enumerator = array_create_enumerator(this->sets);
	while (enumerator->enumerate(enumerator, &set))
	{
		if (streq(set->target->table, plan->set->target->table) &&
			take(set) > plan->transactions)
		{
			set->known = FALSE;
			set->unfinished = TRUE;
			forget_refused(set);
			others |= set == plan->set;
		}
	}
	enumerator->destroy(enumerator);
	return others;
}

/**
 * Get why an element was refused, in words that are about sets.
 */
static const char *get_reason(filtermode_nft_error_t *error)
{
	/* "Too many open files in system", also of a set that is constant */
	return filtermode_nft_error_is(error, ENFILE) ? "the set is full"
												  : error->message;
}

/**
 * Carry out a plan.
 *
 * @param each		whether to do what can be done of it if not all can
 * @return			FALSE if not all of it was
 */
static bool carry_out_plan(private_filtermode_sets_t *this, plan_t *plan,
						   bool each)
{
	filtermode_nft_error_t error, add_error;
	char *failed = NULL, *add_failed = NULL;

	if (!array_count(plan->add) && !array_count(plan->del))
	{
		return TRUE;
	}
	if (!carry_out(this, plan, plan->add, plan->del, NULL))
	{
		if (!each)
		{
			return FALSE;
		}
		failed = remove_each(this, plan, &error);
		add_failed = add_each(this, plan, &add_error);
	}
	if (distrust(this, plan))
	{
		return FALSE;
	}
	if (failed || add_failed)
	{
		fail(this, plan->set, "set", "nftables refused to %s %s: %s",
			 failed ? "remove" : "add", failed ?: add_failed,
			 get_reason(failed ? &error : &add_error));
	}
	return !failed && !add_failed;
}

/**
 * Plan what is to become of an element. Implementation of
 * filtermode_member_cb_t.
 */
static void plan_element(plan_t *plan, const char *element, bool wanted)
{
	bool have = plan->set->have->get(plan->set->have, element) != NULL;

	wanted = wanted && plan->set->v6 == (strchr(element, ':') != NULL);
	if (!wanted)
	{
		free(plan->set->refused->remove(plan->set->refused, element));
	}
	if (have && !wanted)
	{
		array_insert(plan->del, ARRAY_TAIL, strdup(element));
	}
	else if (wanted && !have &&
			 !plan->set->refused->get(plan->set->refused, element) &&
			 !(plan->foreign && plan->foreign->get(plan->foreign, element)))
	{
		array_insert(plan->add, ARRAY_TAIL, strdup(element));
	}
}

/**
 * Start a plan.
 */
static plan_t plan_create(set_t *set)
{
	return (plan_t){
		.set = set,
		.add = array_create(0, 0),
		.del = array_create(0, 0),
	};
}

/**
 * Free what a plan has.
 */
static void plan_clear(plan_t *plan)
{
	array_destroy_function(plan->add, (void*)free, NULL);
	array_destroy_function(plan->del, (void*)free, NULL);
	if (plan->foreign)
	{
		strings_destroy(plan->foreign);
	}
}

/**
 * Note an element that is there.
 */
CALLBACK(note_element, void,
	plan_t *plan, const char *element, bool ours)
{
	strings_add(ours ? plan->set->have : plan->foreign, element);
}

/**
 * Note which elements are there.
 */
static void read_elements(plan_t *plan, const char *listing)
{
	hashtable_t *before = plan->set->have;
	enumerator_t *enumerator;
	char *element;

	plan->set->have = strings_create();
	plan->foreign = strings_create();
	filtermode_listing_elements(listing, note_element, plan);
	enumerator = before->create_enumerator(before);
	while (enumerator->enumerate(enumerator, NULL, &element))
	{
		plan->lost += !plan->set->have->get(plan->set->have, element);
	}
	enumerator->destroy(enumerator);
	strings_destroy(before);
}

/**
 * Plan to remove what nobody has any more, or all that is ours.
 */
static void plan_removal(private_filtermode_sets_t *this, plan_t *plan)
{
	filtermode_members_t *members = this->members;
	hashtable_t *have = plan->set->have;
	enumerator_t *enumerator;
	char *element;

	enumerator = have->create_enumerator(have);
	while (enumerator->enumerate(enumerator, NULL, &element))
	{
		if (plan->set->leaving ||
			!members->has(members, plan->set->target, element))
		{
			array_insert(plan->del, ARRAY_TAIL, strdup(element));
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Say why a set can't be listed.
 */
static void explain_missing(private_filtermode_sets_t *this, set_t *set,
							filtermode_nft_error_t *error)
{
	filtermode_target_t *target = set->target;
	const char *const *family;
	char *listing, other[BUF_LEN];

	/* nothing but other settings helps */
	if (filtermode_nft_error_is_word(error, strchr(target->table, ' ') + 1))
	{
		fail(this, set, "table", FILTERMODE_WORD);
		return;
	}
	if (filtermode_nft_error_is_word(error, target->set))
	{
		fail(this, set, "set", FILTERMODE_WORD);
		return;
	}
	if (!filtermode_nft_error_is(error, ENOENT))
	{
		fail(this, set, "set", "%s", error->message);
		look_again(this, set);
		return;
	}
	listing = this->nft->list(this->nft, FILTERMODE_LIST_OTHERS_TABLE,
							  target->table, "", NULL);
	if (listing)
	{
		free(listing);
		fail(this, set, "set", "there is no such set in table %s",
			 target->table);
		return;
	}
	for (family = filtermode_families; *family; family++)
	{
		snprintf(other, sizeof(other), "%s%s", *family,
				 strchr(target->table, ' '));
		listing = this->nft->list(this->nft, FILTERMODE_LIST_OTHERS_TABLE,
								  other, "", NULL);
		if (listing)
		{
			free(listing);
			fail(this, set, "table", "there is no such table, but %s", other);
			return;
		}
	}
	fail(this, set, "table", "there is no such table");
}

/**
 * List a set that is to be ours to fill.
 *
 * @return			NULL if it isn't, or can't be
 */
static char *list_set(private_filtermode_sets_t *this, set_t *set)
{
	filtermode_target_t *target = set->target;
	filtermode_nft_error_t error;
	const char *expected;
	char *listing;
	pid_t holder;

	if (!set->owner->is_ours(set->owner, &holder))
	{
		fail(this, set, "set", "the charon that is process %d has it, expected "
			 "another set", holder);
		return NULL;
	}
	listing = this->nft->list(this->nft, FILTERMODE_LIST_OTHERS_SET,
							  target->table, target->set, &error);
	if (!listing)
	{
		explain_missing(this, set, &error);
		return NULL;
	}
	expected = filtermode_listing_check_set(listing, target->what, &set->v6);
	if (expected)
	{
		fail(this, set, "set", "%s", expected);
		free(listing);
		return NULL;
	}
	return listing;
}

/**
 * A set is what it should be: say so if the log says otherwise, or that others
 * have changed it.
 *
 * @param lost		how many elements of ours they have removed
 */
static void tell(private_filtermode_sets_t *this, set_t *set, u_int lost)
{
	filtermode_target_t *target = set->target;
	char more[LOG_LIMITER_MORE];

	if (!set->told)
	{
		DBG1(DBG_CFG, "filtermode: sets.%s: set %s in table %s has %u "
			 "element%s of ours", target->section.name, target->set,
			 target->table, set->have->get_count(set->have),
			 set->have->get_count(set->have) == 1 ? "" : "s");
	}
	else if (lost && log_limiter_pass(this->limiter, more, "times", "lost %s",
									  target->section.name))
	{
		DBG1(DBG_CFG, "filtermode: sets.%s: set %s in table %s was changed by "
			 "others, filled it again%s", target->section.name, target->set,
			 target->table, more);
	}
	set->told = TRUE;
	set->reason[0] = '\0';
}

/**
 * Bring a set in line with who is there, after looking at it.
 */
static void reconcile(private_filtermode_sets_t *this, set_t *set)
{
	plan_t plan = plan_create(set);
	char *listing;

	set->known = set->unfinished = FALSE;
	if (take(set))
	{
		forget_refused(set);
	}
	listing = list_set(this, set);
	read_elements(&plan, listing ?: "");
	if (listing)
	{
		/* unless we can't know when it isn't any more */
		set->known = set->monitor != NULL;
		plan_removal(this, &plan);
		if (!set->leaving)
		{
			this->members->all(this->members, set->target,
							   (void*)plan_element, &plan);
		}
		if (carry_out_plan(this, &plan, TRUE) && !set->leaving &&
			!set->refused->get_count(set->refused))
		{
			tell(this, set, plan.lost);
		}
	}
	free(listing);
	plan_clear(&plan);
}

/**
 * Bring a set in line with what changed.
 */
static void update_set(private_filtermode_sets_t *this, set_t *set)
{
	plan_t plan;

	if (take(set))
	{
		forget_refused(set);
		set->known = FALSE;
	}
	if (!set->known)
	{
		reconcile(this, set);
		return;
	}
	plan = plan_create(set);
	this->members->changed(this->members, set->target, (void*)plan_element,
						   &plan);
	if (!carry_out_plan(this, &plan, FALSE))
	{
		reconcile(this, set);
	}
	else if (*set->reason && !set->refused->get_count(set->refused))
	{	/* nobody is missing any more */
		look_again(this, set);
	}
	plan_clear(&plan);
}

/**
 * The daemon that had a set has ended.
 */
CALLBACK(gained, void,
	filtermode_queue_t *queue)
{
	queue->table_changed(queue, NULL);
}

/**
 * Create an object for a set.
 */
static set_t *set_create(private_filtermode_sets_t *this,
						 filtermode_target_t *target)
{
	char name[BUF_LEN];
	set_t *set;

	snprintf(name, sizeof(name), "%s %s", target->table, target->set);
	snprintf(name, sizeof(name), "filtermode-set/%08x%08x",
			 chunk_hash_static(chunk_from_str(name)),
			 chunk_hash_static_inc(chunk_from_str(name), 1));
	INIT(set,
		.target = target,
		.owner = owner_create(name, gained, this->queue),
		.monitor = filtermode_monitor_create(target->table,
											 (void*)this->queue->table_changed,
											 this->queue),
		.have = strings_create(),
		.refused = strings_create(),
	);
	return set;
}

/**
 * Destroy a set, which leaves what is there.
 */
static void set_destroy(set_t *set)
{
	DESTROY_IF(set->monitor);
	set->owner->destroy(set->owner);
	strings_destroy(set->have);
	strings_destroy(set->refused);
	options_unref(set->settings);
	free(set);
}

/**
 * Remove our elements of a set, and destroy it if that could be done.
 */
static bool is_left(private_filtermode_sets_t *this, set_t *set)
{
	set->leaving = TRUE;
	reconcile(this, set);
	if (!set->unfinished)
	{
		set_destroy(set);
		return TRUE;
	}
	return FALSE;
}

METHOD(filtermode_sets_t, update, void,
	private_filtermode_sets_t *this)
{
	enumerator_t *enumerator;
	set_t *set;

	enumerator = array_create_enumerator(this->sets);
	while (enumerator->enumerate(enumerator, &set))
	{
		if (!set->leaving)
		{
			update_set(this, set);
		}
		else if (is_left(this, set))
		{
			array_remove_at(this->sets, enumerator);
		}
	}
	enumerator->destroy(enumerator);
	this->members->settle(this->members);
}

/**
 * Take the object of a set from those there were.
 *
 * @return			NULL if there is none
 */
static set_t *find(array_t *sets, filtermode_target_t *target)
{
	enumerator_t *enumerator;
	set_t *set, *found = NULL;

	enumerator = array_create_enumerator(sets);
	while (!found && enumerator->enumerate(enumerator, &set))
	{
		if (streq(set->target->table, target->table) &&
			streq(set->target->set, target->set))
		{
			array_remove_at(sets, enumerator);
			found = set;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(filtermode_sets_t, use, void,
	private_filtermode_sets_t *this, filtermode_settings_t *settings)
{
	array_t *before = this->sets;
	u_int i, count = settings ? settings->sets.count : 0;
	filtermode_target_t *target;
	set_t *set;

	this->members->use(this->members, settings);
	this->sets = array_create(0, 0);
	for (i = 0; i < count; i++)
	{
		target = settings->sets.items[i];
		set = find(before, target) ?: set_create(this, target);
		options_unref(set->settings);
		set->settings = options_ref(settings);
		set->target = target;
		set->leaving = set->known = set->told = FALSE;
		forget_refused(set);
		array_insert(this->sets, ARRAY_TAIL, set);
	}
	while (array_remove(before, ARRAY_HEAD, &set))
	{
		if (!is_left(this, set))
		{	/* it is in the way of no other: those are found */
			array_insert(this->sets, ARRAY_TAIL, set);
		}
	}
	array_destroy(before);
	update(this);
}

METHOD(filtermode_sets_t, list, void,
	private_filtermode_sets_t *this, filtermode_sets_cb_t cb, void *data)
{
	enumerator_t *enumerator;
	set_t *set;

	enumerator = array_create_enumerator(this->sets);
	while (enumerator->enumerate(enumerator, &set))
	{
		cb(data, set->leaving ? NULL : set->target->section.name,
		   set->have->get_count(set->have),
		   set->reason);
	}
	enumerator->destroy(enumerator);
}

METHOD(filtermode_sets_t, destroy, void,
	private_filtermode_sets_t *this)
{
	set_t *set;

	/* tries twice: something may have been short, or others in between */
	use(this, NULL);
	while (array_remove(this->sets, ARRAY_HEAD, &set))
	{
		set_destroy(set);
	}
	array_destroy(this->sets);
	this->nft->destroy(this->nft);
	free(this);
}

filtermode_sets_t *filtermode_sets_create(filtermode_members_t *members,
										  filtermode_queue_t *queue,
										  log_limiter_t *limiter)
{
	private_filtermode_sets_t *this;
	filtermode_nft_t *nft = filtermode_nft_create();

	if (!nft)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.use = _use,
			.update = _update,
			.list = _list,
			.destroy = _destroy,
		},
		.nft = nft,
		.members = members,
		.queue = queue,
		.limiter = limiter,
		.sets = array_create(0, 0),
	);
	return &this->public;
}
