# The collector's files as statements for the table of postgresql.sql, such as after its queue had been too small; what is there
# stays. As sekisho_writer, or who else may add:
#	LC_ALL=C sed -n -f postgresql.sed /var/log/sekisho/DAY/*.log | psql -X -q -d sekisho
s/'/''/g
s/^\([^ ]*\) \([^ ]*\) \[sekisho@32473 h="\([0-9a-f]\{32\}\)" e="\([0-9a-f]\{32\}\)" n="\([1-9][0-9]\{0,15\}\)" x="\([0-9a-f]\{64\}\)"\] \([ -~]*\)$/INSERT INTO sekisho.record VALUES ('\3', '\4', '\5', '\6', '\1', '\2', '\7') ON CONFLICT DO NOTHING;/p
