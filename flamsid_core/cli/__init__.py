"""The `flamsid` command: `main` has the list of commands and the exit statuses, every other file a group of them.

==============  ====================================================
main            the commands by name, errors, exit status
app             app
chain           run, melody, motifs, audit, train, atlas
corpora         demo, import
experiment      experiment
files           export
identification  identify
arguments       what commands take in common
printing        lines for people, or one JSON object
progress        bars on stderr, the state of the job
==============  ====================================================
"""
