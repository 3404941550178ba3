WIRE = ()
