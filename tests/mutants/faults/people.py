PEOPLE = ()
