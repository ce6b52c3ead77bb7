# Prometheus' rules as the operator takes them: `make kubernetes-rules` after a change of alerts.yml.
KUBERNETES_RULES := deploy/kubernetes/components/monitoring/rules.yaml
.PHONY: kubernetes-rules
kubernetes-rules:
	{ echo '# Written by `make kubernetes-rules` from deploy/monitoring/alerts.yml.'; \
	  printf '%s\n' 'apiVersion: monitoring.coreos.com/v1' 'kind: PrometheusRule' 'metadata:' '  name: korone' \
	    '  labels: { app.kubernetes.io/part-of: korone, app.kubernetes.io/component: metrics }' 'spec:'; \
	  grep -v '^#' deploy/monitoring/alerts.yml | sed 's/^\(.\)/  \1/'; } > $(KUBERNETES_RULES)
