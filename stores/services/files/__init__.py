"""Everything of a store or a union as files, out and in: done by a worker while a page shows how far it is.

`kinds` is what an app offers, `offered` what this one does, `words` what columns are called; `running` does a file from
being asked for to being thrown away, by `outward` and `inward`; `answering` is what somebody says of its columns.
"""
