"""The park table: its columns, how it is read and checked, how an own Excel table becomes one."""
