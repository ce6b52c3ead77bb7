# The picture of the processes in README.md and ARCHITECTURE.md.
#
#   make picture              draws docs/processes.svg again, after a change of processes.dot or .css

# The colours come in; comments, in which graphviz names its version, stay out.
picture:
	@mkdir -p $(BUILD)
	$(Q)command -v dot >/dev/null || { echo "make picture needs graphviz" >&2; exit 1; }
	$(Q)dot -Kneato -n2 -Tsvg docs/processes.dot -o $(BUILD)/processes.svg
	$(Q)awk '/<!--/ { comment = 1 } \
		!comment { print } \
		/-->/ { comment = 0 } \
		/xmlns/ { print "<style>"; system("cat docs/processes.css"); print "</style>" }' \
		$(BUILD)/processes.svg >docs/processes.svg
.PHONY: picture

# What the autoscaler of deploy/kubernetes does, in a model.
.PHONY: autoscale-picture
autoscale-picture:
	/usr/bin/python3 docs/autoscale.py --draw
