/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_kernel.h"

#include <daemon.h>
#include <threading/mutex.h>

/**
 * IPsec SAs whose counters are read in one go.
 */
#define READ_MAX 200

typedef struct private_accounting_kernel_t private_accounting_kernel_t;

struct private_accounting_kernel_t {
	accounting_kernel_t public;
	accounting_sessions_t *sessions;
	/** as it was */
	kernel_interface_t stock;
	/** monotonic, when all were read last, and its lock */
	time_t read_at;
	mutex_t *mutex;
};

/**
 * Charon's methods have no data of ours. Others may do the same: plugins stop
 * in the reverse order of their start.
 */
static private_accounting_kernel_t *instance;

/**
 * Read the counters of an IPsec SA.
 */
static void read_sa(kernel_ipsec_sa_id_t *id, uint16_t cpi)
{
	kernel_ipsec_query_sa_t query = {
		.cpi = cpi,
	};
	uint64_t bytes, packets;
	time_t used;

	if (charon->kernel->query_sa(charon->kernel, id, &query, &bytes, &packets,
								 &used) == SUCCESS)
	{
		instance->sessions->count(instance->sessions, id, bytes, packets);
	}
}

/**
 * Implementation of kernel_interface_t.add_sa.
 */
static status_t add_sa(kernel_interface_t *kernel, kernel_ipsec_sa_id_t *id,
					   kernel_ipsec_add_sa_t *data)
{
	ike_sa_t *ike_sa = charon->bus->get_sa(charon->bus);
	status_t status = instance->stock.add_sa(kernel, id, data);

	if (status == SUCCESS && ike_sa)
	{
		instance->sessions->add_sa(instance->sessions,
								   ike_sa->get_unique_id(ike_sa), id,
								   data->inbound);
	}
	return status;
}

/**
 * Implementation of kernel_interface_t.update_sa.
 */
static status_t update_sa(kernel_interface_t *kernel, kernel_ipsec_sa_id_t *id,
						  kernel_ipsec_update_sa_t *data)
{
	status_t status;

	/* kernel interfaces may begin to count again */
	if (instance->sessions->has_sa(instance->sessions, id))
	{
		read_sa(id, data->cpi);
	}
	status = instance->stock.update_sa(kernel, id, data);
	if (status == SUCCESS)
	{
		instance->sessions->move_sa(instance->sessions, id, data->new_src,
									data->new_dst);
	}
	return status;
}

/**
 * Implementation of kernel_interface_t.del_sa.
 */
static status_t del_sa(kernel_interface_t *kernel, kernel_ipsec_sa_id_t *id,
					   kernel_ipsec_del_sa_t *data)
{
	if (instance->sessions->has_sa(instance->sessions, id))
	{
		read_sa(id, data->cpi);
		instance->sessions->remove_sa(instance->sessions, id);
	}
	return instance->stock.del_sa(kernel, id, data);
}

/**
 * Free an ID of an IPsec SA, also as an array_callback_t.
 */
static void clear_id(kernel_ipsec_sa_id_t *id, int idx, void *user)
{
	id->src->destroy(id->src);
	id->dst->destroy(id->dst);
}

METHOD(accounting_kernel_t, forget, void,
	private_accounting_kernel_t *this, array_t *sas)
{
	array_destroy_function(sas, (array_callback_t)clear_id, NULL);
}

METHOD(accounting_kernel_t, read_, void,
	private_accounting_kernel_t *this, array_t **sas)
{
	kernel_ipsec_sa_id_t id;
	u_int i;

	if (!*sas)
	{
		*sas = this->sessions->get_sas(this->sessions);
	}
	for (i = 0; i < READ_MAX && array_remove(*sas, ARRAY_TAIL, &id); i++)
	{
		read_sa(&id, 0);
		clear_id(&id, 0, NULL);
	}
	if (!array_count(*sas))
	{
		array_destroy(*sas);
		*sas = NULL;
	}
}

METHOD(accounting_kernel_t, read_all, void,
	private_accounting_kernel_t *this)
{
	time_t now = time_monotonic(NULL);
	array_t *sas = NULL;
	bool due;

	this->mutex->lock(this->mutex);
	due = now != this->read_at;
	this->read_at = now;
	this->mutex->unlock(this->mutex);
	if (due)
	{
		do
		{
			read_(this, &sas);
		}
		while (sas);
	}
}

METHOD(accounting_kernel_t, destroy, void,
	private_accounting_kernel_t *this)
{
	charon->kernel->add_sa = this->stock.add_sa;
	charon->kernel->update_sa = this->stock.update_sa;
	charon->kernel->del_sa = this->stock.del_sa;
	instance = NULL;
	this->mutex->destroy(this->mutex);
	free(this);
}

accounting_kernel_t *accounting_kernel_create(accounting_sessions_t *sessions)
{
	private_accounting_kernel_t *this;

	INIT(this,
		.public = {
			.read = _read_,
			.read_all = _read_all,
			.forget = _forget,
			.destroy = _destroy,
		},
		.sessions = sessions,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.stock = *charon->kernel,
	);
	instance = this;
	charon->kernel->add_sa = add_sa;
	charon->kernel->update_sa = update_sa;
	charon->kernel->del_sa = del_sa;
	return &this->public;
}
