"""A scenario as a file for other programs: a Vensim model of its own, tables, a workbook, netCDF."""
