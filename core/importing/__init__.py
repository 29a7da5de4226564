"""Files from elsewhere become rows of ours, in constant memory; what does not fit comes back with a reason.

reading     files of any encoding and delimiter, XLSX and JSON, row by row
maps        a TOML map from a file's columns to our fields
staging     rows of one thing brought together by PostgreSQL, however far apart they stand in the file
running     the whole run: progress, batches, the report of refused rows
"""
