#!/usr/bin/env bash
# Writes `results/` as a pull request would make it into a folder: blob by blob, as data. Nothing of it is run, no filter
# or attribute of it is heeded (an `export-ignore` could hide a file from the check), no link is made.
#
#   usage: take-submission.sh MERGE FOLDER    in a checkout of the base branch; MERGE is the commit that merges the two
#
# Ends with 2, and says why, where the pull request touches anything but the folders of models.
set -euo pipefail
export LC_ALL=C

merge=$(git rev-parse --verify --quiet "$1^{commit}")
base=$(git rev-parse --verify --quiet "$merge^1")
folder=$2
max_bytes=$((16 * 1024 * 1024))
max_changes=2000

refuse() {
  printf '%s\n' "$@"
  exit 2
}

[[ $base == "$(git rev-parse HEAD)" ]] || refuse "the base branch has moved on meanwhile; run this check again"

of_a_model='^results/[a-z0-9][a-z0-9-]{0,63}/[A-Za-z0-9._/-]{1,300}$'
plain='^results/[A-Za-z0-9._/-]{1,400}$'

said=() n_changes=0
while IFS= read -r -d '' path; do
  n_changes=$((n_changes + 1))
  [[ $path =~ $of_a_model && $path != results/paper/* && $path != *..* ]] || said+=("  - $(printf '%q' "${path:0:200}")")
done < <(git diff-tree -r -z --no-renames --name-only "$base" "$merge")
((n_changes > 0)) || refuse "the pull request changes nothing"
((n_changes <= max_changes)) || refuse "the pull request changes $n_changes files; at most $max_changes at once"
((${#said[@]} == 0)) || refuse \
  "a pull request with submissions changes folders of models in results/ and nothing else; this one also changes" \
  "${said[@]:0:20}"

while IFS= read -r -d '' line; do
  path=${line#*$'\t'}
  read -r mode _ blob size <<<"${line%%$'\t'*}"
  shown=$(printf '%q' "${path:0:200}")
  [[ $path =~ $plain && $path != *..* ]] || refuse "$shown: is no name for a file of a submission"
  [[ $mode == 100644 ]] || refuse "$shown: is a link, a program or another repository; a submission has plain files only"
  ((size <= max_bytes)) || refuse "$shown: is larger than $max_bytes bytes"
  mkdir -p -- "$folder/${path%/*}"
  git cat-file blob "$blob" >"$folder/$path"
done < <(git ls-tree -r -l -z --full-tree "$merge" -- results)
