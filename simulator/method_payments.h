/* method_payments.h - invoices, the queries of those who pay, and refunds. */
#ifndef SIMULATOR_METHOD_PAYMENTS_H
#define SIMULATOR_METHOD_PAYMENTS_H

#include "simulator/call.h"

method_fn method_send_invoice;
method_fn method_create_invoice_link;
method_fn method_answer_shipping_query;
method_fn method_answer_pre_checkout_query;
method_fn method_refund_star_payment;

#endif
