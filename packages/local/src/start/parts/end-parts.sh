# Ends every part of `npm start` when its starter is gone, whatever ended that one.
#
# Each line of input is the whole list of process ids; parts of one stage stand together, and `/` is between stages.
# The input ends with the starter. Each stage gets ten seconds to end in order, then it is ended the hard way.
trap '' HUP INT TERM

end_stage() {
  kill -TERM "$@" 2>/dev/null
  tries=0
  while [ "$tries" -lt 100 ] && any_alive "$@"; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -KILL "$@" 2>/dev/null
}

any_alive() {
  for pid in "$@"; do kill -0 "$pid" 2>/dev/null && return 0; done
  return 1
}

list=
while read -r line; do list=$line; done

set --
for word in $list; do
  if [ "$word" = / ]; then
    [ $# -gt 0 ] && end_stage "$@"
    set --
  else
    set -- "$@" "$word"
  fi
done
[ $# -gt 0 ] && end_stage "$@"
exit 0
